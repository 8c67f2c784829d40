"""The archive (the paper's programs database): islands as a pure function of what was registered.

Nothing here is stored: the journal is, and registering its entries again in their order gives the same
archive, random choices included.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from funsearch.cluster import ScoredProgram
from funsearch.config import ArchiveConfig
from funsearch.elites import repeatable_measures
from funsearch.island import Island
from funsearch.population import Selection
from funsearch.resets import ANEW, Resets


class Archive:
    """Islands that start from one program; the weaker half is reset now and then.

    Args:
        initial: The program that every island starts from.
        config: How the islands choose and forget.
        seed: The run's seed, for the choice of founders at resets.
    """

    def __init__(self, initial: ScoredProgram, config: ArchiveConfig, seed: int) -> None:
        self._config = config
        self._initial = initial
        self._registered = 0
        self._measures = repeatable_measures(initial.signature) if config.elite_share > 0 else ()
        self.islands = [Island(config, 0, self._measures) for _ in range(config.islands)]
        self.best = initial
        for island in self.islands:
            island.register(initial)
        self._resets = Resets(config, seed, initial.score)

    def select(self, rng: np.random.Generator) -> Selection:
        """Returns parents from a random island that is open; consumes `rng` for it and its programs.

        A share of `elite_share` of the prompts shows elites of different niches of the island; where that
        is 0, nothing is drawn for the choice.
        """
        index = int(rng.integers(self._open_islands))
        island = self.islands[index]
        share = self._config.elite_share
        shows_elites = share > 0 and rng.random() < share
        parents = island.sample_elites(rng) if shows_elites else island.sample(rng)
        return Selection(index, island.generation, parents)

    def register(self, program: ScoredProgram, island: int, generation: int) -> bool:
        """Adds a program to the island that its parents came from; returns whether it improves that island.

        A program whose parents were on the island before its last reset comes from a population that was
        given up: it is let in only if it is the best of all.
        """
        home = self.islands[island]
        is_best = program.score > self.best.score
        if is_best:
            self.best = program
        improves = False
        if is_best or generation == home.generation:
            improves = home.register(program)
        self._registered += 1
        if self._resets.is_due(self._registered):
            self._replace_islands()
        return improves

    def _replace_islands(self) -> None:
        for index, survivor in self._resets.founders(self.best_per_island).items():
            founder = self._initial if survivor == ANEW else self.islands[survivor].best
            self.islands[index] = Island(self._config, self.islands[index].generation + 1, self._measures)
            if founder is not None:
                self.islands[index].register(founder)

    @property
    def _open_islands(self) -> int:
        """How many islands take part so far; the others wait with the initial program."""
        return min(len(self.islands), 1 + self._registered // self._config.opening_evaluations)

    def _best_score(self, index: int) -> float:
        best = self.islands[index].best
        return -np.inf if best is None else best.score

    @property
    def resets(self) -> int:
        """How often islands were replaced."""
        return self._resets.count

    @property
    def best_per_island(self) -> Sequence[float]:
        """The best score of each island."""
        return [self._best_score(index) for index in range(len(self.islands))]

    @property
    def niches_per_island(self) -> Sequence[int]:
        """How many niches of each island are occupied; empty where prompts draw on no elites."""
        return [len(island.elites) for island in self.islands if island.elites is not None]
