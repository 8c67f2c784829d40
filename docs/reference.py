"""The reference of the command line, as Markdown, from the commands themselves."""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterator
from typing import Any, TypeAlias

os.environ["TYPER_USE_RICH"] = "0"  # before typer is imported: plain texts are wanted

import typer

from service.cli import app
from service.errors import MEANINGS

Node: TypeAlias = Any  # commands, parameters and schemas: of typer's private modules, or plain JSON


def command_line() -> str:
    """Returns every command with its arguments, options and examples."""
    root = typer.main.get_command(app)
    return "\n" + "\n".join(_section(root, ("funsearch",)))


def exit_codes() -> str:
    """Returns the table of exit codes."""
    rows = (f"| {status.value} | {meaning} |" for status, meaning in MEANINGS.items())
    return "\n| status | meaning |\n|---|---|\n" + "\n".join(rows) + "\n"


def _section(command: Node, words: tuple[str, ...]) -> Iterator[str]:
    inner = getattr(command, "commands", {})
    if len(words) > 1:
        yield f"\n## {' '.join(words)}\n"
        yield _text(command.help)
    if not inner:
        yield from _usage(command, words)
    for name, one in inner.items():
        yield from _section(one, (*words, name))


def _usage(command: Node, words: tuple[str, ...]) -> Iterator[str]:
    yield "\n```text"
    yield (command.epilog or "").replace("\\[", "[").replace("Example: ", "$ ")
    yield "```\n\n| argument or option | meaning |\n|---|---|"
    for param in command.params:
        names = ", ".join([*param.opts, *param.secondary_opts])
        yield f"| `{names if names.startswith('-') else names.upper()}` | {_cell(param)} |"


def _cell(param: Node) -> str:
    told = _text(getattr(param, "help", "") or "").replace("|", "\\|")
    notes = []
    if param.required:
        notes.append("required")
    default = param.default
    if not param.required and default not in (None, False, True, "", [], ()) and not callable(default):
        notes.append(f"default `{default}`")
    if param.envvar:
        notes.append(f"environment: `{param.envvar}`")
    return f"{told} ({'; '.join(notes)})" if notes else told


def _text(text: str) -> str:
    """Returns help as Markdown; a bracket or star in it is no mark."""
    return inspect.cleandoc(text).replace("<", "\\<").replace("*", "\\*")


def messages() -> str:
    """Returns the messages of the request socket: what they are for, and their fields."""
    from service.web import messages as wire

    client = (wire.Create, wire.Update, wire.Answer, wire.Cancel, wire.Subscribe)
    events = (wire.Status, wire.Asked, wire.Answered, wire.Updated, wire.Progress, wire.Result)
    server = (wire.Accepted, wire.Subscribed, wire.Failure, *events)
    parts = [inspect.cleandoc(wire.__doc__ or "").partition("\n\n")[2]]
    for title, kinds in (("From client to server", client), ("From server to client", server)):
        parts += [f"## {title}", *(_message(kind) for kind in kinds)]
    return "\n" + "\n\n".join(parts) + "\n"


def _message(kind: Node) -> str:
    schema = kind.model_json_schema()
    name = schema["properties"]["type"]["const"]
    required = schema.get("required", [])
    rows = [
        f"| `{field}` | {_kind(of, schema)} | {'yes' if field in required or field == 'type' else 'no'} |"
        for field, of in schema["properties"].items()
    ]
    table = "| field | value | required |\n|---|---|---|\n" + "\n".join(rows)
    return f"### {name}\n\n{_text(kind.__doc__)}\n\n{table}"


def _kind(schema: Node, whole: Node) -> str:
    """Returns what a field takes, in short."""
    if "const" in schema:
        return f'`"{schema["const"]}"`'
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one, whole) for one in schema["anyOf"]))
    if "$ref" in schema:
        found = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        fields = ", ".join(f"`{name}`" for name in found.get("properties", {}))
        return f"object of {fields}" if fields else " or ".join(f"`{one}`" for one in found["enum"])
    return {"array": "list", "null": "null"}.get(schema.get("type", ""), schema.get("type", "any JSON"))
