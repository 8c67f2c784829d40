"""`funsearch traces`: shows what was said to and by language models, and exports it for fine-tuning."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from service.errors import UsageError
from service.live import wide_console
from service.tools_cli import AsJson, print_json

if TYPE_CHECKING:
    from language_models.trace_reader import Choosing, Trace

traces = typer.Typer(
    no_args_is_help=True,
    help="Shows and exports exchanges with language models.\n\nExample: funsearch traces stats",
)

LONGEST_CELL = 60  # characters

Place = Annotated[
    Path | None,
    typer.Option(
        "--traces", help="Their directory, or one file; runs/traces without.", envvar="FUNSEARCH_TRACES"
    ),
]
Purpose = Annotated[str | None, typer.Option(help="Only exchanges for this.")]
Accepted = Annotated[
    bool | None, typer.Option("--accepted/--rejected", help="Only those with a reply of which this was said.")
]
LeastScore = Annotated[float | None, typer.Option("--score", help="Only replies worth this or more.")]


@traces.command("list")
def list_traces(
    place: Place = None,
    purpose: Purpose = None,
    accepted: Accepted = None,
    score: LeastScore = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most; the newest are shown.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List exchanges, the newest last.

    Example: funsearch traces list --purpose "agent: plan" --limit 5
    """
    from language_models.trace_reader import Choosing

    choosing = Choosing(accepted, purpose, score)
    found = [trace for trace in _read(place) if _is_wanted(trace, choosing)]
    if as_json:
        print_json([_in_short(trace) for trace in found[-limit:]])
        return
    table = Table("id", "at", "purpose", "model", "tokens", "seconds", "outcome", "reply", box=None)
    for trace in found[-limit:]:
        table.add_row(*map(_cell, _in_short(trace).values()))
    wide_console().print(table if found else f"No such exchange in {_place(place)}.", markup=False)


@traces.command()
def show(
    name: Annotated[str, typer.Argument(help="Id of an exchange, or its beginning.")],
    place: Place = None,
    as_json: AsJson = False,
) -> None:
    """Show all of one exchange.

    Example: funsearch traces show 3f2a
    """
    found = [trace for trace in _read(place) if trace.id.startswith(name)]
    if len(found) != 1:
        raise UsageError(
            f"{name}: expected the id of one exchange in {_place(place)}, found {len(found)}; "
            "see `funsearch traces list`"
        )
    if as_json:
        print_json(asdict(found[0]))
        return
    typer.echo(json.dumps(asdict(found[0]), indent=2, ensure_ascii=False, default=str))


@traces.command()
def stats(place: Place = None, as_json: AsJson = False) -> None:
    """Show sums by purpose and model.

    Example: funsearch traces stats
    """
    from language_models.trace_reader import figures

    rows = [
        {"purpose": purpose, "model": backend, **asdict(sums)}
        for (purpose, backend), sums in sorted(figures(_read(place)).items())
    ]
    if as_json:
        print_json(rows)
        return
    table = Table(*(rows[0] if rows else ("purpose",)), box=None)
    for row in rows:
        table.add_row(*map(_cell, row.values()))
    wide_console().print(table if rows else f"No exchange in {_place(place)}.", markup=False)


@traces.command()
def export(
    file: Annotated[Path, typer.Argument(help="The file to write: one conversation a line.")],
    place: Place = None,
    purpose: Purpose = None,
    accepted: Accepted = None,
    score: LeastScore = None,
    as_json: AsJson = False,
) -> None:
    """Write replies with what was asked, in the chat format for fine-tuning.

    Example: funsearch traces export training.jsonl --accepted
    """
    from language_models.trace_reader import Choosing, training_lines

    lines = list(training_lines(_read(place), Choosing(accepted, purpose, score)))
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    try:
        file.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(f"{file}: expected a file that can be written: {error}") from error
    if as_json:
        print_json({"file": str(file), "conversations": len(lines)})
    else:
        typer.echo(f"{len(lines)} conversations are in {file}.")


def _place(named: Path | None) -> Path:
    from language_models.traces import DEFAULT

    return DEFAULT if named is None else named


def _read(place: Path | None) -> list[Trace]:
    from language_models.trace_reader import read_traces

    try:
        return read_traces(_place(place))
    except FileNotFoundError as error:
        raise UsageError(
            f"{error}; a run that asks a model makes them, --traces names another place"
        ) from error


def _is_wanted(trace: Trace, choosing: Choosing) -> bool:
    from language_models.trace_reader import Choosing

    if not trace.choices:  # an exchange that failed has no outcome
        return choosing == Choosing(purpose=choosing.purpose) and choosing.purpose in (None, trace.purpose)
    return any(choosing.takes(trace, number) for number in range(len(trace.choices)))


def _in_short(trace: Trace) -> dict[str, Any]:
    first = trace.choices[0] if trace.choices else {"text": ""}
    said = first["text"] or json.dumps(first.get("tool_calls", ""))
    return {
        "id": trace.id,
        "at": trace.at,
        "purpose": trace.purpose,
        "model": trace.backend,
        "tokens": sum(trace.usage.values()),
        "seconds": trace.seconds,
        "outcome": _outcome_in_words(trace),
        "reply": trace.error or said,
    }


def _outcome_in_words(trace: Trace) -> str:
    words = {True: "accepted", False: "rejected", None: "told"}
    told = [
        words[outcome.accepted] + (f" {outcome.score:g}" if outcome.score is not None else "")
        for _, outcome in sorted(trace.outcomes.items())
    ]
    return ", ".join(told) or ("failed" if trace.error else "")


def _cell(value: object) -> str:
    text = f"{value:.2f}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 3]}..."
