"""The honest baselines: independent samples and hill climbing, under the same budget as evolution.

Simple baselines match or beat several engines at equal budget (arXiv 2602.16805), so a claim for evolution
needs them beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from funsearch.cluster import ScoredProgram
from funsearch.population import Parent, Selection


class _OneParent:
    """A population that shows one program, and is as good as the best one registered.

    Args:
        initial: The program that the run starts from.
    """

    def __init__(self, initial: ScoredProgram) -> None:
        self.best = initial
        self.resets = 0
        self._parent = initial

    def select(self, rng: np.random.Generator) -> Selection:
        return Selection(0, 0, (Parent(self._parent.candidate, self._parent.score),))

    def register(self, program: ScoredProgram, island: int, generation: int) -> bool:
        improves = program.score > self.best.score
        if improves:
            self.best = program
        return improves

    @property
    def best_per_island(self) -> Sequence[float]:
        return [self.best.score]

    @property
    def niches_per_island(self) -> Sequence[int]:
        return ()


class BestOfN(_OneParent):
    """Every prompt shows the initial program; what is found is kept and never built on."""


class HillClimb(_OneParent):
    """Every prompt shows the best program so far; an equal one replaces it, so that plateaus are crossed."""

    def register(self, program: ScoredProgram, island: int, generation: int) -> bool:
        if program.score >= self._parent.score:
            self._parent = program
        return super().register(program, island, generation)
