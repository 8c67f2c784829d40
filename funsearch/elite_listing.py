"""Lists the elites of a run, finished or running: streams its journal, so that its size does not matter."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluators.evaluation import STRUCTURE
from funsearch.elites import (
    BUILT_IN,
    Described,
    EliteGrid,
    Measure,
    behaviour_measure,
    cpu_measure,
    given_measure,
    length_measure,
)
from funsearch.exceptions import ConfigError
from funsearch.journal import Journal
from funsearch.journal_reading import opened
from funsearch.run_directory import read_config

GIVEN_BINS = 10
LOOKED_AT = 20  # programs, to find what an evaluator measures


@dataclass(frozen=True)
class ListedElite:
    """The best program of one niche.

    Attributes:
        niche: Where the niche begins and ends on each axis, by measure.
        program: What is known of the elite.
        source: Text of its function.
    """

    niche: dict[str, tuple[float, float]]
    program: Described
    source: str


@dataclass(frozen=True)
class EliteListing:
    """The occupied niches of a run.

    Attributes:
        measures: Names of the axes.
        programs: Valid programs that the run has scored.
        unplaced: Those of them that lack a measure.
        elites: One for each niche, in the order of the axes.
        known: Names of all measures that this run has.
    """

    measures: tuple[str, ...]
    programs: int
    unplaced: int
    elites: list[ListedElite]
    known: tuple[str, ...] = BUILT_IN


@dataclass
class _Range:
    low: float
    high: float

    def widen(self, value: float) -> None:
        self.low, self.high = min(self.low, value), max(self.high, value)


def list_elites(directory: Path, names: Sequence[str]) -> EliteListing:
    """Returns the elites of a run on the grid of the measures `names`.

    Length, CPU time and behaviour have cells that are fixed beforehand. A measure of the evaluator is cut
    into ten equal parts between the least and the greatest value of the run so far.

    Raises:
        RunError: The directory holds no run.
        ConfigError: A measure that the run does not have.
    """
    read_config(directory)
    with opened(directory) as connection:
        journal = Journal(directory, connection)
        grid = EliteGrid(_measures(journal, names))
        programs = 0
        for program in _described(journal):
            programs += 1
            grid.add(program)
        listed = [_listed(journal, grid.measures, cell, elite) for cell, elite in grid.elites()]
        known = (*BUILT_IN, *_given_names(journal))
    return EliteListing(tuple(names), programs, grid.unplaced, listed, known)


def _described(journal: Journal) -> Iterator[Described]:
    for number, length, evaluation in journal.valid_programs():
        if evaluation.score is not None:
            yield Described(
                number,
                evaluation.score,
                length,
                evaluation.signature,
                evaluation.cpu_seconds,
                evaluation.measures,
            )


def _listed(
    journal: Journal, measures: Sequence[Measure], cell: Sequence[int], elite: Described
) -> ListedElite:
    niche = {m.name: m.scale.bounds(index) for m, index in zip(measures, cell, strict=True)}
    return ListedElite(niche, elite, journal.program(elite.candidate)[0])


def _measures(journal: Journal, names: Sequence[str]) -> list[Measure]:
    if not names or len(set(names)) < len(names):
        raise ConfigError(f"measures {', '.join(names)!r}: expected one or more, each once")
    given = set(names) - set(BUILT_IN)
    ranges = _given_ranges(journal) if given else {}
    known = [*BUILT_IN, *sorted(ranges.keys() - set(BUILT_IN))]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(f"measure {unknown[0]!r}: expected one of {', '.join(known)}")
    return [_measure(journal, name, ranges) for name in names]


def _measure(journal: Journal, name: str, ranges: dict[str, _Range]) -> Measure:
    match name:
        case "length":
            return length_measure()
        case "cpu":
            return cpu_measure()
        case "behaviour":
            return behaviour_measure(json.loads(journal.meta("initial") or '{"signature": []}')["signature"])
        case _:
            return given_measure(name, ranges[name].low, ranges[name].high, GIVEN_BINS)


def _given_names(journal: Journal) -> list[str]:
    """Returns the measures of the evaluator, as the first programs have them."""
    first = itertools.islice(journal.valid_programs(), LOOKED_AT)
    given = {name for _, _, evaluation in first for name in evaluation.measures}
    return sorted(given - {*BUILT_IN, STRUCTURE})


def _given_ranges(journal: Journal) -> dict[str, _Range]:
    """Returns the least and the greatest value of each measure that the evaluator gave."""
    ranges: dict[str, _Range] = {}
    for _, _, evaluation in journal.valid_programs():
        for name, value in evaluation.measures.items():
            ranges.setdefault(name, _Range(value, value)).widen(value)
    return ranges
