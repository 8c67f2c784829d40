"""What a population is, whatever the strategy: it gives parents and takes in their offspring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from funsearch.cluster import ScoredProgram


@dataclass(frozen=True)
class Parent:
    """A program drawn to be improved on.

    Attributes:
        candidate: Its number in the journal, which has its text.
        score: What it scores.
    """

    candidate: int
    score: float


@dataclass(frozen=True)
class Selection:
    """Programs of one island, drawn to be improved on.

    Attributes:
        island: Index of the island.
        generation: The island's generation at the time; a reset in between makes the result a stranger.
        parents: Programs of that island, worst first.
    """

    island: int
    generation: int
    parents: tuple[Parent, ...]


class Population(Protocol):
    """Scored programs and who of them has offspring: a pure function of what was registered."""

    best: ScoredProgram

    def select(self, rng: np.random.Generator) -> Selection:
        """Returns the parents of one prompt; changes nothing."""

    def register(self, program: ScoredProgram, island: int, generation: int) -> bool:
        """Adds a program to its parents' island; returns whether it improves that island."""

    @property
    def resets(self) -> int:
        """How often islands were replaced."""

    @property
    def best_per_island(self) -> Sequence[float]:
        """The best score of each island."""

    @property
    def niches_per_island(self) -> Sequence[int]:
        """How many niches of each island are occupied; empty where prompts draw on no elites."""
