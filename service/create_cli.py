"""`funsearch create`: a tool from a sentence."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from funsearch.places import DEFAULT_BANK
from service.errors import UsageError
from service.live import wide_console
from service.options_cli import Backend, backend_of
from service.tools_cli import AsJson, Bank, print_json

if TYPE_CHECKING:
    from funsearch.creation import Creation
    from programs import ToolSpecification

DEFAULT_MINUTES = 10.0


def create(  # noqa: PLR0913 - a command has as many options as users need
    name: Annotated[str | None, typer.Argument(help="The tool's name: a Python identifier.")] = None,
    description: Annotated[str | None, typer.Argument(help="What it does, in words.")] = None,
    file: Annotated[
        Path | None, typer.Option(help="A TOML file with the specification, instead of name and description.")
    ] = None,
    example: Annotated[list[str] | None, typer.Option(help="Such as \"f('1h') == 3600\"; repeat.")] = None,
    signature: Annotated[str | None, typer.Option(help="Such as '(text: str) -> int'.")] = None,
    require: Annotated[
        list[str] | None, typer.Option(help="A related request that it must serve as well; repeat.")
    ] = None,
    precondition: Annotated[
        str | None, typer.Option(help="Expression of the parameters, true of what the tool is for.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.01, help="Wall time to spend.")] = DEFAULT_MINUTES,
    seed: Annotated[int, typer.Option(min=0, help="The one seed of every random choice.")] = 0,
    directory: Annotated[Path | None, typer.Option(help="Where to keep the tool in the making.")] = None,
    sandbox: Backend = "auto",
    bank: Bank = DEFAULT_BANK,
    as_json: AsJson = False,
) -> None:
    """Create a tool from a description, with examples or without.

    Example: funsearch create seconds "Gives the seconds of 1h30m." --example "f('1h') == 3600"
    """
    import funsearch
    from funsearch.creator import Plan
    from funsearch.run_directory import free_directory

    given = {
        "signature": signature,
        "examples": tuple(example or ()),
        "requests": tuple(require or ()),
        "precondition": precondition,
    }
    specification = _specification(name, description, file, {k: v for k, v in given.items() if v})
    console = Console(stderr=True, highlight=False, markup=False)
    place = directory or free_directory(f"create-{specification.name}", seed)
    plan = Plan(seed, minutes, place, lambda line: console.print(f"  {line}", style="dim"))
    made = funsearch.create(specification, plan, bank=bank, sandbox=backend_of(sandbox))
    print_json(_facts(made)) if as_json else _print_card(made)


def _specification(
    name: str | None, description: str | None, file: Path | None, given: dict[str, Any]
) -> ToolSpecification:
    from funsearch.tool_files import load
    from programs import ToolSpecification

    if file is not None:
        if name is not None:
            raise UsageError("create: expected NAME and DESCRIPTION, or --file, found both")
        return dataclasses.replace(load(file), **given)
    if name is None or description is None:
        raise UsageError("create: expected NAME and DESCRIPTION, or --file FILE.toml")
    return ToolSpecification(name, description, **given)


def _facts(made: Creation) -> dict[str, Any]:
    by_source: dict[str, int] = {}
    for case in made.suite.cases:
        by_source[case.source] = by_source.get(case.source, 0) + 1
    admission = None if made.admission is None else dataclasses.asdict(made.admission)
    return {
        "name": made.specification.name,
        "signature": made.specification.signature,
        "outcome": made.outcome,
        "why": made.why,
        "tests": by_source,
        "contested_examples": list(made.suite.contested),
        "admission": admission,
        "version": made.version,
        "spent": dataclasses.asdict(made.spent),
        "source": made.source,
    }


def _print_card(made: Creation) -> None:
    from rich.syntax import Syntax

    facts = _facts(made)
    table = Table.grid(padding=(0, 2))
    rows = {
        "tool": f"{facts['name']}{facts['signature']}",
        "outcome": facts["outcome"] + (f": {made.why}" if made.why else ""),
        "tests": ", ".join(f"{count} by {source}" for source, count in facts["tests"].items()) or "none",
        "passed": _passed(made),
        "contested": "; ".join(made.suite.contested) or "no example",
        "cost": f"{made.spent.drafts} drafts, {made.spent.tokens} tokens, {made.spent.seconds:.0f} s",
        "call": _example_call(made.specification),
    }
    for key, value in rows.items():
        table.add_row(key, value)
    wide_console().print(table)
    wide_console().print(Syntax(made.source, "python", background_color="default"))


def _passed(made: Creation) -> str:
    found = made.admission
    if found is None:
        return "every example"
    shares = {"visible": found.visible, "hidden": found.hidden, "strength of the tests": found.strength}
    return ", ".join(f"{name} {share:.0%}" for name, share in shares.items() if share is not None)


def _example_call(specification: ToolSpecification) -> str:
    import json

    signature, examples = specification.parsed_signature, specification.parsed_examples
    if signature is None or not examples:
        return f"funsearch tools show {specification.name}"
    names = [parameter.name for parameter in signature.parameters]
    arguments = dict(zip(names, examples[0].arguments, strict=True))
    return f"funsearch tools call {specification.name} '{json.dumps(arguments)}'"
