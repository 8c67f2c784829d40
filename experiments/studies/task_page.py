"""The page of a task: its record as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from experiments.studies.circumstances import Sitting
from experiments.studies.record import CellRecord, Figure, KnownFigure, Measured, StandingRecord, TaskRecord

HEAD = ("", "samplers", "evaluations", "training", "best", "wins", "held out", "of the best", "s a run")


def task_page(record: TaskRecord, name: str) -> str:
    """Returns the page of a task; `name` is that of its JSON file and of its plots."""
    return "\n".join(_lines(record, name)) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def in_words(figure: Figure | Measured | None) -> str:
    """Returns a figure as the field writes it, or a dash where there is none."""
    return "-" if figure is None else figure.words


def _lines(record: TaskRecord, name: str) -> Iterator[str]:
    held_out = record.held_out_data or "none: the result itself is judged"
    yield f"# {record.task}\n"
    yield f"{record.figure[:1].upper()}{record.figure[1:]}; {record.better} is better."
    yield f"Training: {record.training_data}. Held out: {held_out}.\n"
    rows = [_row(cell, standing) for cell in record.cells for standing in cell.standings]
    yield table(HEAD, [*rows, *map(_known_row, record.known)]) + "\n"
    yield (
        "Means over seeds with their 95 % interval. Best: the seed that is best in training; beside it "
        "stands that seed's held-out figure. Wins: seeds on which a strategy alone was best in training. "
        "Without samplers: figures known before.\n"
    )
    if record.level.rows:
        yield from _level(record)
    for cell in record.cells:
        yield f"![Best so far, {cell.name}]({name}-{cell.name}.svg)\n"
    yield "## How it was made\n"
    for cell in record.cells:
        yield from _making(cell)
    yield f"Every run with its improvements: `experiments/results/{name}.json`."


def _row(cell: CellRecord, standing: StandingRecord) -> list[str]:
    return [
        standing.strategy,
        _who(cell),
        f"{cell.evaluations:,}",
        in_words(standing.training),
        in_words(standing.best_training),
        f"{standing.wins} of {cell.seeds}",
        in_words(standing.held_out),
        in_words(standing.best_held_out),
        f"{standing.seconds:.0f}",
    ]


def _known_row(known: KnownFigure) -> list[str]:
    return [known.name, "", "", in_words(known.training), "", "", in_words(known.held_out), "", ""]


def _who(cell: CellRecord) -> str:
    model = f" ({cell.model})" if cell.model else ""
    return f"{'+'.join(cell.samplers)}{model}"


def _level(record: TaskRecord) -> Iterator[str]:
    names = {cell.name: _who(cell) for cell in record.cells}
    yield f"After {record.level.evaluations:,} evaluations, the smallest of these budgets, in training:\n"
    rows = [(row.strategy, names[row.cell], row.training.words) for row in record.level.rows]
    yield table(("", "samplers", "training"), rows) + "\n"


def _making(cell: CellRecord) -> Iterator[str]:
    yield f"### {_who(cell)}, {cell.evaluations:,} evaluations\n"
    yield f"```console\n$ {cell.command}\n```\n"
    yield f"{len(cell.runs)} runs, seeds 0 to {cell.seeds - 1} of each strategy. {cell.method}.\n"
    for name, said in cell.active.items():
        yield f"- {name}: {said}"
    for sitting in cell.sittings:
        yield f"- {_sitting(sitting)}"
    unequal = [run for run in cell.runs if run.evaluations != cell.evaluations]
    for run in unequal:
        spent = f"{run.evaluations:,} of {cell.evaluations:,} evaluations"
        yield f"- **{run.strategy}, seed {run.seed}, spent {spent}**: {run.ended}"
    yield ""


def _sitting(sitting: Sitting) -> str:
    changed = ", with changes that were not committed" if sitting.is_changed else ""
    versions = ", ".join(f"{name} {version}" for name, version in sitting.versions.items())
    machine = f"{sitting.processor}, {sitting.cores} cores, {sitting.memory_gib:g} GiB of memory"
    return (
        f"begun {sitting.began} at revision {sitting.revision}{changed}, with {versions}, on {machine}, "
        f"load average {sitting.load:g} at that time"
    )
