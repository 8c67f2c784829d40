"""When the weaker islands are given up, and what founds them anew: a pure function of what was registered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from funsearch.config import ArchiveConfig

# Spawn keys of the run's one SeedSequence: (RESET_KEY, count) for resets; samplers use (stream, ticket).
RESET_KEY = 1 << 20
ANEW = -1  # stands for the initial program among founders


class Resets:
    """When islands are replaced, and by what.

    The weaker half is, by the best programs of survivors, as in the paper (FunSearch, Methods). But where
    no island has found anything better since the last reset, a survivor has nothing to give. Then they
    begin ANEW, with the initial program, which may lead elsewhere; one that is still rising is left alone,
    since it may be one that began anew; and the next reset comes in half the time.

    Args:
        config: How often.
        seed: The run's seed.
        first: Score of the initial program.

    Attributes:
        count: How often islands were replaced.
        best: The best score of each island after the last time.
    """

    def __init__(self, config: ArchiveConfig, seed: int, first: float) -> None:
        self._period = config.reset_evaluations
        self._seed = seed
        self._first = first
        self._is_still = False
        self.count = 0
        self.best = [first] * config.islands

    def is_due(self, registered: int) -> bool:
        """Returns whether islands are to be replaced after so many registered programs."""
        return registered % max(1, self._period // (2 if self._is_still else 1)) == 0

    def founders(self, best: Sequence[float]) -> dict[int, int]:
        """Returns the islands to replace, each with the survivor whose best program founds it, or ANEW.

        Args:
            best: The best score of each island.
        """
        self.count += 1
        rng = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(RESET_KEY, self.count)))
        # Random noise breaks ties, which are many early in a run (as in the paper).
        order = sorted(range(len(best)), key=lambda index: (best[index], rng.random()))
        half = len(order) // 2
        weaker, survivors = order[:half], order[half:]
        self._is_still = max(best) <= max(self.best)
        if self._is_still:
            replaced = {index: ANEW for index in weaker if best[index] <= self.best[index]}
        else:
            replaced = {index: int(rng.choice(survivors)) for index in weaker}
        founding = {**dict(enumerate(best)), ANEW: self._first}
        self.best = [founding[replaced.get(index, index)] for index in range(len(best))]
        return replaced
