"""Makes the runs of a cell, or goes on with them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.studies import circumstances
from experiments.studies.plan import Cell
from experiments.studies.record import CellRecord
from experiments.studies.summary import cell_record
from funsearch.comparison import RESULT_NAME, Comparison, Contest, Result, compare, shared_config
from funsearch.config import Budget
from funsearch.run_directory import plain_name


@dataclass(frozen=True)
class CellRunner:
    """Makes runs under one directory, which is all that has to be kept to go on.

    Attributes:
        directory: Where the runs are stored.
        settings: Settings of every run besides samplers and budget, such as the sandbox.
        tell: Told of every result with the cell's task, those of earlier runs of the study included.
        surroundings: What runs stand in, as `funsearch.comparison.Contest` has it.
    """

    directory: Path
    settings: Mapping[str, Any]
    tell: Callable[[Result, Contest], None]
    surroundings: Mapping[str, Any] = field(default_factory=dict)

    def place(self, cell: Cell) -> Path:
        """Returns the directory of a cell."""
        return self.directory / plain_name(cell.task) / cell.name

    def run(self, cell: Cell) -> tuple[Comparison, CellRecord]:
        """Returns what came of a cell, once each of its runs has been made.

        Raises:
            SamplerError: A sampler cannot be had here; nothing was run.
            RunError: A run was interrupted, or the directory holds others.
        """
        settings = {**self.settings, "samplers": cell.samplers}
        config = shared_config(cell.task, Budget(evaluations=cell.evaluations), settings)
        place = self.place(cell)
        contest = Contest(config, cell.strategies, cell.seeds, place, self.surroundings)
        if not _is_whole(contest):
            circumstances.sit_down(place, circumstances.now())
        comparison = compare(contest, lambda result: self.tell(result, contest))
        return comparison, cell_record(cell, comparison, circumstances.sittings(place))


def _is_whole(contest: Contest) -> bool:
    """Tells whether every run of a contest has been made: then looking at it again is no sitting."""
    runs = itertools.product(contest.strategies, range(contest.seeds))
    return all((contest.place(strategy, seed) / RESULT_NAME).exists() for strategy, seed in runs)
