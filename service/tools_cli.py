"""`funsearch tools`: searches and serves the tool bank."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from funsearch.places import DEFAULT_BANK
from service import completion_cli
from service.errors import UsageError
from service.live import wide_console
from service.progress_bar import awaited
from service.tools_view import (
    add_row,
    alias_table,
    card,
    event_table,
    facts,
    lineage_table,
    story,
    use_table,
    use_words,
)

if TYPE_CHECKING:
    from tool_bank import Tool, ToolBank

tools = typer.Typer(
    no_args_is_help=True,
    help='Searches and serves the tool bank.\n\nExample: funsearch tools search "pack items into few bins"',
)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]
Bank = Annotated[Path, typer.Option(help="Directory of the tool bank.", envvar="FUNSEARCH_BANK")]
Name = Annotated[str, typer.Argument(help="Name of a tool.", autocompletion=completion_cli.tools)]
Why = Annotated[str, typer.Option(help="The reason, for the record.")]


@tools.command()
def search(
    query: Annotated[str, typer.Argument(help="What the tool should do.")],
    k: Annotated[int, typer.Option("-k", min=1, help="How many tools at most.")] = 5,
    bank: Bank = DEFAULT_BANK,
    as_json: AsJson = False,
) -> None:
    """Find tools by what they do, the best first.

    Example: funsearch tools search "convert 1h30m to seconds" -k 3
    """
    with _open(bank) as opened:
        matches = opened.search(query, k)
    if as_json:
        print_json([{"score": match.score, **_summary(match.tool)} for match in matches])
        return
    table = Table("match", "tool", "what it does", box=None, header_style="dim")
    for match in matches:
        add_row(table, f"{match.score:.2f}", match.tool.name, match.tool.description)
    wide_console().print(
        table if matches else f"The bank in {bank} has no tools yet; `funsearch evolve` grows one."
    )


@tools.command("list")
def list_tools(bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """List the tools.

    Example: funsearch tools list --bank runs/bank
    """
    with _open(bank) as opened:
        found = opened.tools()
    if as_json:
        print_json([_summary(tool) for tool in found])
        return
    table = Table("tool", "status", "signature", box=None, header_style="dim")
    for tool in found:
        add_row(table, tool.name, tool.status, tool.signature.text)
    wide_console().print(
        table if found else f"The bank in {bank} has no tools yet; `funsearch evolve` grows one."
    )


@tools.command()
def show(name: Name, bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Show all that is known of a tool.

    Example: funsearch tools show parse_duration
    """
    from rich.syntax import Syntax

    with _open(bank) as opened:
        tool, known, table = opened.get(name), facts(opened, name), card(opened, name)
    if as_json:
        print_json(known)
        return
    wide_console().print(table)
    wide_console().print(Syntax(tool.source, "python", background_color="default"))


@tools.command()
def call(
    name: Name,
    arguments: Annotated[str, typer.Argument(help="JSON object of arguments by name.")],
    request: Annotated[str, typer.Option(help="What it is called for; the ledger keeps it.")] = "",
    bank: Bank = DEFAULT_BANK,
    as_json: Annotated[bool, typer.Option("--json", help="As without it: one JSON value.")] = False,
) -> None:
    """Call a tool in the sandbox; prints its result as JSON.

    Example: funsearch tools call parse_duration '{"text": "1h30m"}'
    """
    with _open(bank) as opened:
        value = opened.call(name, _json_object(arguments), request=request)
    print_json(value)


@tools.command()
def history(name: Name, bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Show every version of a tool and what happened to it.

    Example: funsearch tools history parse_duration
    """
    with _open(bank) as opened:
        versions, events = opened.history(name), opened.events(name)
    if as_json:
        print_json(story(versions, events))
        return
    wide_console().print(lineage_table(versions))
    wide_console().print()
    wide_console().print(event_table(events))


@tools.command()
def aliases(
    name: Annotated[str | None, typer.Argument(help="Name of a tool; without one, all aliases.")] = None,
    bank: Bank = DEFAULT_BANK,
    as_json: AsJson = False,
) -> None:
    """Show which names a tool answers for.

    Example: funsearch tools aliases parse_duration
    """
    with _open(bank) as opened:
        found = opened.aliases(None if name is None else opened.get(name).name)
    if as_json:
        print_json([dataclasses.asdict(alias) for alias in found])
        return
    nobody = "No tool answers for another name." if name is None else f"{name} answers for no other name."
    wide_console().print(alias_table(found) if found else nobody)


@tools.command()
def stats(bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Show how much the tools are used, and how often for another request than they were made for.

    Example: funsearch tools stats --json
    """
    with _open(bank) as opened:
        use = opened.stats()
    if as_json:
        print_json(dataclasses.asdict(use))
        return
    wide_console().print(use_table(use))
    wide_console().print(use_words(use))


@tools.command()
def rollback(name: Name, why: Why, bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Bring back the version of a tool that was in service before the current one.

    Example: funsearch tools rollback parse_duration --why "the new one is slower"
    """
    with _open(bank) as opened:
        tool = opened.rollback(name, why)
    _tell(tool, f"{name} is version {tool.version[:12]} again, {tool.status}.", as_json)


@tools.command()
def release(name: Name, why: Why, bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Bring a tool back from quarantine, its failures forgiven.

    Example: funsearch tools release parse_duration --why "its callers are mended"
    """
    with _open(bank) as opened:
        tool = opened.release(name, why)
    _tell(tool, f"{tool.name} is {tool.status} again.", as_json)


@tools.command()
def separate(
    alias: Annotated[str, typer.Argument(help="A name that another tool answers for.")],
    why: Why,
    bank: Bank = DEFAULT_BANK,
    as_json: AsJson = False,
) -> None:
    """End an alias: the tool that bore the name is in service again.

    Example: funsearch tools separate to_seconds --why "they differ on days"
    """
    with _open(bank) as opened:
        tool = opened.separate(alias, why)
    _tell(tool, f"{alias} is a tool of its own again, {tool.status}.", as_json)


@tools.command("retire-unused")
def retire_unused(
    days: Annotated[
        float | None, typer.Option(min=0, help="Time in service before a tool is judged; 30 without.")
    ] = None,
    requests: Annotated[
        int | None, typer.Option(min=0, help="Requests served meanwhile; 200 without.")
    ] = None,
    keep: Annotated[int | None, typer.Option(min=0, help="How many tools stay in any case.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Only tell which they would be.")] = False,
    bank: Bank = DEFAULT_BANK,
    as_json: AsJson = False,
) -> None:
    """Retire tools that are used fewer than log20(n) times in n requests.

    Example: funsearch tools retire-unused --days 60 --dry-run
    """
    from tool_bank import Grace

    given: dict[str, Any] = {"days": days, "requests": requests, "tools": keep}
    grace = Grace(**{name: value for name, value in given.items() if value is not None})
    with awaited("reading the ledger", quiet=as_json), _open(bank) as opened:
        names = opened.retire_unused(grace, dry_run=dry_run)
    if as_json:
        print_json(names)
        return
    done = "to be retired" if dry_run else "retired"
    typer.echo(f"{done}: {', '.join(names)}" if names else "No tool is used too little.")


@tools.command()
def retire(name: Name, why: Why, bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Take a tool out of search and service; it is kept.

    Example: funsearch tools retire parse_duration --why "not needed any more"
    """
    with _open(bank) as opened:
        opened.retire(name, why)
        tool = opened.get(name)
    _tell(tool, f"{name} is retired; `funsearch tools history {name}` keeps its story.", as_json)


def _open(bank: Path) -> ToolBank:
    """Opens a bank that exists; a reading command must not make one by a slip of the path."""
    from tool_bank import ToolBank

    if not (bank / "bank.sqlite").exists():
        raise UsageError(
            f"{bank}: expected the directory of a tool bank, found none; `funsearch evolve bin_packing_or` "
            "grows a first tool, --bank names another directory"
        )
    return ToolBank.open(bank)


def _tell(tool: Tool, done: str, as_json: bool) -> None:
    print_json(_summary(tool)) if as_json else typer.echo(done)


def _summary(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "signature": tool.signature.text,
        "status": tool.status,
        "version": tool.version,
        "scores": tool.scores,
    }


def _json_object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UsageError(
            f"arguments: expected a JSON object such as '{{\"x\": 1}}', found {text!r}: {error}"
        ) from error
    if not isinstance(value, dict):
        raise UsageError(f"arguments: expected a JSON object such as '{{\"x\": 1}}', found {text!r}")
    return value


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever a tool returns
    """Prints one value as strict JSON."""
    from programs.json_form import json_form

    typer.echo(json.dumps(json_form(value, strict=True), default=str, allow_nan=False))
