"""What `funsearch tools` shows of a tool, its history and its use: as values, and as tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from tool_bank import Alias, BankUse, Event, StoredVersion, Tool, ToolBank, ToolTest

EXAMPLE_CALLS = 3
SHORT = 12  # characters of a version that are shown


def facts(bank: ToolBank, name: str) -> dict[str, Any]:
    """Returns all that is known of the tool that answers for a name; hidden tests are only counted."""
    tool = bank.get(name)
    tests = bank.tests(tool.name)
    visible = [test for test in tests if not test.hidden]
    return {
        **tool.model_dump(mode="json"),
        "version": tool.version,
        "tests": dict(Counter(test.origin for test in tests)),
        "hidden_tests": len(tests) - len(visible),
        "example_calls": [_example(test) for test in visible[:EXAMPLE_CALLS]],
        "aliases": [asdict(alias) for alias in bank.aliases(tool.name)],
        "lineage": [_version(stored) for stored in bank.history(tool.name)],
    }


def card(bank: ToolBank, name: str) -> Table:
    """Returns the same as a table."""
    tool, known = bank.get(name), facts(bank, name)
    scores = [f"{what} {score:.4g}" for what, score in tool.scores.items()]
    calls = [_command(tool, example) for example in known["example_calls"]]
    rows = {
        "tool": tool.name if tool.name == name else f"{tool.name}, which answers for {name}",
        "what it does": tool.description,
        "signature": tool.signature.text,
        "status": tool.status,
        "version": tool.version[:SHORT],
        "scores": ", ".join(scores),
        "integrity": f"{tool.integrity}, measured in {tool.sandbox}" if tool.sandbox else tool.integrity,
        "tests": _tests(known),
        "calls": "\n".join(calls),
        "found by": ", ".join(tool.example_queries),
        "answers for": ", ".join(_alias(alias) for alias in bank.aliases(tool.name)),
        "supersedes": tool.supersedes[:SHORT],
        "versions": str(len(known["lineage"])),
        "from": json.dumps(tool.provenance),
    }
    table = Table.grid(padding=(0, 2))
    for key, value in rows.items():
        if value:
            add_row(table, key, value)
    return table


def story(versions: Sequence[StoredVersion], events: Sequence[Event]) -> dict[str, Any]:
    """Returns every version of a name and what happened to it."""
    return {
        "versions": [_version(stored) for stored in versions],
        "events": [{"at": e.at, "kind": e.kind, "version": e.version, **e.detail} for e in events],
    }


def lineage_table(versions: Sequence[StoredVersion]) -> Table:
    """Returns the versions of a name, each with the one it superseded."""
    table = Table("version", "added", "status", "supersedes", "generalises", box=None, header_style="dim")
    for stored in versions:
        tool = stored.tool
        add_row(
            table,
            tool.version[:SHORT],
            stored.added_at,
            tool.status,
            tool.supersedes[:SHORT] or "-",
            ", ".join(tool.generalises) or "-",
        )
    return table


def event_table(events: Sequence[Event]) -> Table:
    """Returns what happened to a name."""
    table = Table("when", "what", "version", "", box=None, header_style="dim")
    for event in events:
        told = ", ".join(f"{key} {value[:200]}" for key, value in event.detail.items())
        add_row(table, event.at, event.kind, event.version[:SHORT], told)
    return table


def alias_table(aliases: Sequence[Alias]) -> Table:
    """Returns aliases and who answers for them."""
    table = Table("alias", "answered by", "with", "why", "since", box=None, header_style="dim")
    for alias in aliases:
        add_row(table, alias.name, alias.target, _terms(alias) or "the same arguments", alias.why, alias.at)
    return table


def use_table(use: BankUse) -> Table:
    """Returns what the ledger tells, tool by tool."""
    columns = ("tool", "status", "uses", "requests", "failures", "median s", "last use")
    table = Table(*columns, box=None, header_style="dim")
    for tool in use.tools:
        seconds = "-" if tool.median_seconds is None else f"{tool.median_seconds:.3f}"
        counts = map(str, (tool.uses, tool.requests, tool.failures))
        add_row(table, tool.name, tool.status, *counts, seconds, tool.last_use or "never")
    return table


def use_words(use: BankUse) -> str:
    """Returns what the ledger tells of the whole bank."""
    reused = (
        "no request was named" if use.reused is None else f"{use.reused:.0%} reused a tool made for another"
    )
    never = f"; never used: {', '.join(use.never_used)}" if use.never_used else ""
    return f"{use.calls} calls, {use.requests} requests: {reused}{never}"


def add_row(table: Table, *cells: str) -> None:
    """Adds a row of texts as they are: brackets in them are no markup."""
    table.add_row(*map(Text, cells))


def _version(stored: StoredVersion) -> dict[str, Any]:
    return {
        "version": stored.tool.version,
        "added_at": stored.added_at,
        "is_current": stored.is_current,
        "status": stored.tool.status,
        "scores": stored.tool.scores,
        "supersedes": stored.tool.supersedes,
        "generalises": list(stored.tool.generalises),
    }


def _example(test: ToolTest) -> dict[str, Any]:
    return {"arguments": dict(test.arguments), "returns": test.expected}


def _command(tool: Tool, example: dict[str, Any]) -> str:
    quoted = json.dumps(example["arguments"]).replace("'", "'\\''")
    return f"funsearch tools call {tool.name} '{quoted}'  # {json.dumps(example['returns'])}"


def _tests(known: dict[str, Any]) -> str:
    by_origin = ", ".join(f"{count} by {origin}" for origin, count in known["tests"].items())
    return f"{by_origin}; {known['hidden_tests']} of them hidden" if by_origin else "none"


def _alias(alias: Alias) -> str:
    terms = _terms(alias)
    return f"{alias.name} ({terms})" if terms else alias.name


def _terms(alias: Alias) -> str:
    """Returns how the arguments of an alias become its target's."""
    renamed = [f"{there} from {here}" for here, there in alias.renamed.items() if here != there]
    return ", ".join([*renamed, *(f"{name} = {json.dumps(value)}" for name, value in alias.bound.items())])
