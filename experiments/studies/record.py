"""What is kept of a study: one JSON file for each task, of which its page and the index are made.

Figures are those of the field, as they are published: for what is minimised, smaller is better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from experiments.studies.circumstances import Sitting
from funsearch.exceptions import RunError
from funsearch.run_directory import write_file

FORMAT = 1


@dataclass(frozen=True)
class Figure:
    """A figure, and how the field writes it."""

    value: float
    words: str


@dataclass(frozen=True)
class Measured:
    """The mean of a figure over seeds, and the interval in which it lies with 95 % confidence."""

    mean: float
    low: float
    high: float
    words: str


@dataclass(frozen=True)
class KnownFigure:
    """A figure to stand beside: a textbook's or a published one; None where it is unknown."""

    name: str
    training: Figure | None
    held_out: Figure | None


@dataclass(frozen=True)
class RunRecord:
    """One run that was made.

    Attributes:
        strategy: Its strategy.
        seed: Its seed.
        initial: Training figure of the program that it started from.
        training: Best training figure.
        held_out: Figure of that program on data that selection never saw; None where there are none.
        evaluations: Evaluations spent.
        seconds: Wall time spent.
        ended: Why it ended.
        improvements: After how many evaluations the best training figure became which.
    """

    strategy: str
    seed: int
    initial: float
    training: float
    held_out: float | None
    evaluations: int
    seconds: float
    ended: str
    improvements: tuple[tuple[int, float], ...]

    def after(self, evaluations: int) -> float:
        """Returns the best training figure after so many evaluations."""
        reached = [figure for count, figure in self.improvements if count <= evaluations]
        return reached[-1] if reached else self.initial


@dataclass(frozen=True)
class StandingRecord:
    """What the runs of one strategy come to.

    Attributes:
        strategy: Its name.
        training: Final training figure.
        best_training: The best of its seeds.
        held_out: Final held-out figure; None where there is none.
        best_held_out: Held-out figure of the seed that is best in training, so that nothing is chosen by it.
        wins: Seeds on which it alone had the best training figure.
        held_out_wins: Seeds on which it alone had the best held-out figure.
        seconds: Wall time of a run, in the mean.
    """

    strategy: str
    training: Measured
    best_training: Figure
    held_out: Measured | None
    best_held_out: Figure | None
    wins: int
    held_out_wins: int
    seconds: float


@dataclass(frozen=True)
class CellRecord:
    """What came of one choice of samplers.

    Attributes:
        name: Its name, and that of its plot.
        samplers: What proposed programs.
        model: The language model behind them; "" for none.
        evaluations: Budget of each run.
        seeds: Runs of each strategy.
        command: The command that makes it.
        active: What was really on, as the runs noted it.
        sittings: When and where it was made.
        method: How intervals were computed.
        standings: By strategy.
        runs: Every run.
    """

    name: str
    samplers: tuple[str, ...]
    model: str
    evaluations: int
    seeds: int
    command: str
    active: Mapping[str, str]
    sittings: tuple[Sitting, ...]
    method: str
    standings: tuple[StandingRecord, ...]
    runs: tuple[RunRecord, ...]


@dataclass(frozen=True)
class LevelRow:
    """Mean training figure of a strategy after as many evaluations as every cell of the task has."""

    cell: str
    strategy: str
    training: Measured


@dataclass(frozen=True)
class Level:
    """The cells of a task at the smallest of their budgets; no rows where their budgets are equal."""

    evaluations: int
    rows: tuple[LevelRow, ...]


@dataclass(frozen=True)
class TaskRecord:
    """What is known of a task.

    Attributes:
        task: Its reference.
        figure: What is measured, in words.
        better: Which figures are better.
        training_data: What selection uses.
        held_out_data: What it never sees; "" where there is none.
        known: Figures to stand beside.
        cells: What was run.
        level: Cells of different budgets at an equal one.
        format: Version of this file.
    """

    task: str
    figure: str
    better: Literal["smaller", "larger"]
    training_data: str
    held_out_data: str
    known: tuple[KnownFigure, ...]
    cells: tuple[CellRecord, ...]
    level: Level
    format: int = FORMAT

    def with_cell(self, cell: CellRecord) -> TaskRecord:
        """Returns the record with a cell in place of that of the same name, or behind the others."""
        others = {each.name: each for each in self.cells}
        return replace(self, cells=tuple((others | {cell.name: cell}).values()))


_RECORD = TypeAdapter(TaskRecord)


def read_record(path: Path) -> TaskRecord:
    """Returns what is kept of a task.

    Raises:
        RunError: The file cannot be read, or is of another version.
    """
    try:
        record = _RECORD.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RunError(f"{path}: expected the results of a study: {error}; move it away") from error
    if record.format != FORMAT:
        raise RunError(f"{path}: expected format {FORMAT}, found {record.format}; move it away")
    return record


def read_records(directory: Path) -> Sequence[TaskRecord]:
    """Returns what is kept of all tasks, by name."""
    return [read_record(path) for path in sorted(directory.glob("*.json"))]


def write_record(directory: Path, name: str, record: TaskRecord) -> Path:
    """Stores what is known of a task."""
    return write_file(directory, f"{name}.json", _RECORD.dump_json(record, indent=1) + b"\n")
