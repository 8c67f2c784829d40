"""`funsearch tools`: searches and serves the tool bank."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.syntax import Syntax
from rich.table import Table

from funsearch.run_directory import DEFAULT_BANK
from service.errors import UsageError
from service.live import wide_console
from tool_bank import Tool, ToolBank

tools = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]
Bank = Annotated[Path, typer.Option(help="Directory of the tool bank.", envvar="FUNSEARCH_BANK")]
Name = Annotated[str, typer.Argument(help="Name of a tool.")]


@tools.command()
def search(
    query: Annotated[str, typer.Argument(help="What the tool should do.")],
    k: Annotated[int, typer.Option("-k", min=1, help="How many tools at most.")] = 5,
    bank: Bank = DEFAULT_BANK,
    as_json: AsJson = False,
) -> None:
    """Find tools by what they do, the best first."""
    with _open(bank) as opened:
        matches = opened.search(query, k)
    if as_json:
        print_json([{"score": match.score, **_summary(match.tool)} for match in matches])
        return
    table = Table("match", "tool", "what it does", box=None, header_style="dim")
    for match in matches:
        table.add_row(f"{match.score:.2f}", match.tool.name, match.tool.description)
    wide_console().print(
        table if matches else f"The bank in {bank} has no tools yet; `funsearch evolve` grows one."
    )


@tools.command("list")
def list_tools(bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """List the tools."""
    with _open(bank) as opened:
        found = opened.tools()
    if as_json:
        print_json([_summary(tool) for tool in found])
        return
    table = Table("tool", "status", "signature", box=None, header_style="dim")
    for tool in found:
        table.add_row(tool.name, tool.status, tool.signature.text)
    wide_console().print(
        table if found else f"The bank in {bank} has no tools yet; `funsearch evolve` grows one."
    )


@tools.command()
def show(name: Name, bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Show all that is known of a tool."""
    with _open(bank) as opened:
        tool = opened.get(name)
    if as_json:
        print_json({**tool.model_dump(mode="json"), "version": tool.version})
        return
    table = Table.grid(padding=(0, 2))
    for key, value in _card(tool).items():
        table.add_row(key, value)
    wide_console().print(table)
    wide_console().print(Syntax(tool.source, "python", background_color="default"))


@tools.command()
def call(
    name: Name,
    arguments: Annotated[str, typer.Argument(help="JSON object of arguments by name.")],
    bank: Bank = DEFAULT_BANK,
) -> None:
    """Call a tool in the sandbox; prints its result as JSON."""
    with _open(bank) as opened:
        value = opened.call(name, _json_object(arguments))
    print_json(value)


@tools.command()
def history(name: Name, bank: Bank = DEFAULT_BANK, as_json: AsJson = False) -> None:
    """Show every version of a tool and what happened to it."""
    with _open(bank) as opened:
        versions, events = opened.history(name), opened.events(name)
    if as_json:
        print_json(
            {
                "versions": [
                    {
                        "version": v.tool.version,
                        "added_at": v.added_at,
                        "is_current": v.is_current,
                        "scores": v.tool.scores,
                    }
                    for v in versions
                ],
                "events": [{"at": e.at, "kind": e.kind, "version": e.version, **e.detail} for e in events],
            }
        )
        return
    table = Table("when", "what", "version", "", box=None, header_style="dim")
    for event in events:
        table.add_row(event.at, event.kind, event.version[:12], ", ".join(map(str, event.detail.values())))
    wide_console().print(table)


@tools.command()
def retire(
    name: Name,
    why: Annotated[str, typer.Option(help="The reason, for the record.")],
    bank: Bank = DEFAULT_BANK,
) -> None:
    """Take a tool out of search and service; it is kept."""
    with _open(bank) as opened:
        opened.retire(name, why)
    typer.echo(f"{name} is retired; `funsearch tools history {name}` keeps its story.")


def _open(bank: Path) -> ToolBank:
    """Opens a bank that exists; a reading command must not make one by a slip of the path."""
    if not (bank / "bank.sqlite").exists():
        raise UsageError(
            f"{bank}: expected the directory of a tool bank, found none; `funsearch evolve bin_packing_or` "
            "grows a first tool, --bank names another directory"
        )
    return ToolBank.open(bank)


def _summary(tool: Tool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "description": tool.description,
        "signature": tool.signature.text,
        "status": tool.status,
        "version": tool.version,
        "scores": tool.scores,
    }


def _card(tool: Tool) -> dict[str, str]:
    return {
        "tool": tool.name,
        "what it does": tool.description,
        "signature": tool.signature.text,
        "status": tool.status,
        "version": tool.version[:12],
        "scores": ", ".join(f"{name} {score:.4g}" for name, score in tool.scores.items()),
        "integrity": f"{tool.integrity}, measured in {tool.sandbox}",
        "found by": ", ".join(tool.example_queries),
        "from": json.dumps(tool.provenance),
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
    typer.echo(json.dumps(_as_json(value), default=str, allow_nan=False))


def _as_json(value: Any) -> Any:  # noqa: ANN401
    """Returns the value as strict JSON can say it: arrays as lists, infinities and NaN as words."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, list | tuple):
        return [_as_json(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _as_json(entry) for key, entry in value.items()}
    return _as_json(value.tolist()) if hasattr(value, "tolist") else value
