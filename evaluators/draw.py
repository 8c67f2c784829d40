"""Choices at random, from one generator that is passed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

Value: TypeAlias = Any  # what a tool's arguments may be


class Draw:
    """Draws places and entries.

    Args:
        rng: Drawn from for each choice.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def below(self, bound: int) -> int:
        """Returns a number from 0 to below the bound; 0 where the bound is none."""
        return int(self._rng.integers(max(bound, 1)))

    def pick(self, choices: Sequence[Value]) -> Value:
        """Returns one of the choices."""
        return choices[self.below(len(choices))]

    def span(self, length: int) -> tuple[int, int]:
        """Returns where a piece of a sequence starts and ends; it may be empty."""
        start, end = sorted((self.below(length + 1), self.below(length + 1)))
        return start, end

    def shuffled(self, entries: Sequence[Value]) -> list[Value]:
        """Returns the entries in another order."""
        return [entries[place] for place in self._rng.permutation(len(entries))]
