"""The quality-diversity view: the best program (the elite) of each niche of a grid over measures.

MAP-Elites: J.-B. Mouret and J. Clune, "Illuminating search spaces by mapping elites", arXiv:1504.04909
(2015). Measures say what a program is like, the score how good it is; a niche is a cell of the grid. The
terms are those of pyribs.

The cells of a grid are fixed before the first program comes. So which program is an elite depends on the set
of programs alone, not on the order in which they came; a resumed run holds the same grid.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np

from funsearch.cluster import ScoredProgram

Cell: TypeAlias = tuple[int, ...]

LENGTH_BINS_PER_DOUBLING = 4
CPU_BINS_PER_DOUBLING = 1
LEAST_CPU_SECONDS = 1e-4  # what is faster shares a niche: clocks tell no more
MOST_BEHAVIOURS = 16
BUILT_IN = ("length", "cpu", "behaviour")
# What the archive draws on. CPU time is no part of it: it differs from one run of a seed to the next.
REPEATABLE = ("length", "behaviour")


@dataclass(frozen=True)
class Described:
    """A valid program as a grid sees it: numbers alone, its text is in the journal.

    Attributes:
        candidate: Its number in the journal.
        score: What it scores; higher is better.
        length: Characters of the evolved function, as in a cluster.
        signature: Per-test scores.
        cpu_seconds: CPU time of its evaluation.
        measures: What the evaluator measured.
    """

    candidate: int
    score: float
    length: int
    signature: tuple[float, ...] = ()
    cpu_seconds: float = 0.0
    measures: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, program: ScoredProgram) -> Described:
        """Returns what can be said of a program on its way into the archive."""
        return cls(program.candidate, program.score, len(program.source), program.signature)

    @property
    def rank(self) -> tuple[float, int, int]:
        """Greater for the better one: by score, then the shorter, then the earlier."""
        return (self.score, -self.length, -self.candidate)


class Scale(Protocol):
    """Cuts the values of a measure into the cells of one axis."""

    def cell(self, value: float) -> int:
        """Returns the cell that a value falls into."""

    def bounds(self, cell: int) -> tuple[float, float]:
        """Returns where a cell begins and ends."""


@dataclass(frozen=True)
class LogScale:
    """Cells of equal ratio, without an end.

    Attributes:
        per_doubling: Cells from one value to twice that value.
        least: Values below it count as `least`.
    """

    per_doubling: int
    least: float

    def cell(self, value: float) -> int:
        return math.floor(math.log2(max(value, self.least)) * self.per_doubling)

    def bounds(self, cell: int) -> tuple[float, float]:
        return 2.0 ** (cell / self.per_doubling), 2.0 ** ((cell + 1) / self.per_doubling)


@dataclass(frozen=True)
class LinearScale:
    """Cells of equal width; values beyond an end belong to its last cell.

    Attributes:
        low: Where the first cell begins.
        high: Where the last cell ends.
        bins: How many cells there are.
    """

    low: float
    high: float
    bins: int

    def cell(self, value: float) -> int:
        width = self.high / 2 - self.low / 2  # halves: the difference of two floats may be beyond all floats
        if width <= 0:
            return 0
        place = (value / 2 - self.low / 2) / width
        return min(max(int(min(max(place, 0.0), 1.0) * self.bins), 0), self.bins - 1)

    def bounds(self, cell: int) -> tuple[float, float]:
        low, high = (
            (1 - part) * self.low + part * self.high for part in (cell / self.bins, (cell + 1) / self.bins)
        )
        return low, high


@dataclass(frozen=True)
class IndexScale:
    """Cells of so many neighbours in a list.

    Attributes:
        width: How many share a cell.
    """

    width: int

    def cell(self, value: float) -> int:
        return int(value) // self.width

    def bounds(self, cell: int) -> tuple[float, float]:
        return cell * self.width, (cell + 1) * self.width


@dataclass(frozen=True)
class Measure:
    """One axis of a grid.

    Attributes:
        name: What is measured.
        value: Reads it off a program; None where the program has no such measure.
        scale: The cells of the axis.
    """

    name: str
    value: Callable[[Described], float | None]
    scale: Scale


def length_measure() -> Measure:
    """Returns the axis of the function's length, four cells from one length to twice that length."""
    return Measure("length", lambda program: program.length, LogScale(LENGTH_BINS_PER_DOUBLING, 1.0))


def cpu_measure() -> Measure:
    """Returns the axis of the CPU seconds of an evaluation, one cell from one time to twice that time."""
    scale = LogScale(CPU_BINS_PER_DOUBLING, LEAST_CPU_SECONDS)
    return Measure("cpu", lambda program: program.cpu_seconds, scale)


def behaviour_measure(initial: Sequence[float]) -> Measure:
    """Returns the axis of a program's strongest test: where it gains most over the initial program.

    Gains are relative to the initial program's score of that test, so that no test speaks louder for its
    scale; of equal gains the first counts. Specialists of different tests are so kept apart, whatever they
    score on average. Many tests share cells, neighbours first.

    Args:
        initial: The initial program's signature.
    """
    base = np.array(initial, dtype=np.float64)
    size = np.where(base == 0, 1.0, np.abs(base))

    def strongest(program: Described) -> float:
        shared = min(len(base), len(program.signature))
        if shared < 2:
            return 0.0
        with np.errstate(over="ignore", invalid="ignore"):  # scores worlds apart gain without end
            gains = (np.array(program.signature[:shared]) - base[:shared]) / size[:shared]
        return float(np.argmax(np.nan_to_num(gains)))

    return Measure("behaviour", strongest, IndexScale(math.ceil(max(len(initial), 1) / MOST_BEHAVIOURS)))


def given_measure(name: str, low: float, high: float, bins: int) -> Measure:
    """Returns the axis of a measure that the evaluator gives, in equal parts from `low` to `high`."""
    return Measure(name, lambda program: program.measures.get(name), LinearScale(low, high, bins))


def repeatable_measures(initial: Sequence[float]) -> tuple[Measure, ...]:
    """Returns the axes that the archive draws on: the same in every run of a seed."""
    return length_measure(), behaviour_measure(initial)


class EliteGrid:
    """The elite of each occupied niche.

    Args:
        measures: The axes.
    """

    def __init__(self, measures: Collection[Measure]) -> None:
        self.measures = tuple(measures)
        self.unplaced = 0  # programs that lack a measure
        self._elites: dict[Cell, Described] = {}

    def __len__(self) -> int:
        return len(self._elites)

    def cell(self, program: Described) -> Cell | None:
        """Returns the niche of a program; None where it lacks a measure."""
        values = [measure.value(program) for measure in self.measures]
        if any(value is None for value in values):
            return None
        return tuple(m.scale.cell(v) for m, v in zip(self.measures, values, strict=True) if v is not None)

    def add(self, program: Described) -> bool:
        """Lets a program compete for its niche; returns whether it is the new elite there."""
        cell = self.cell(program)
        if cell is None:
            self.unplaced += 1
            return False
        holder = self._elites.get(cell)
        wins = holder is None or program.rank > holder.rank
        if wins:
            self._elites[cell] = program
        return wins

    def sample(self, rng: np.random.Generator, count: int) -> list[Described]:
        """Returns up to `count` elites of different niches, each niche as likely as any other.

        Consumes one draw without replacement of `rng`.
        """
        cells = list(self._elites)
        chosen = rng.choice(len(cells), size=min(count, len(cells)), replace=False)
        return [self._elites[cells[int(index)]] for index in chosen]

    def elites(self) -> list[tuple[Cell, Described]]:
        """Returns every occupied niche with its elite, in the order of the axes."""
        return sorted(self._elites.items(), key=lambda item: item[0])
