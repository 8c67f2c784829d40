"""How good rankings of tools are, where one knows which answer the query."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DEPTH = 5


@dataclass(frozen=True)
class RetrievalScore:
    """Of one ranking, or the mean of many.

    Attributes:
        first: Whether the first tool is right (R@1).
        found: Right tools among the first five, in parts of those that could be there (R@5).
        gain: nDCG@5 with binary gain.
    """

    first: float
    found: float
    gain: float

    def __str__(self) -> str:
        return f"{self.first:.3f}/{self.found:.3f}/{self.gain:.3f}"


def score_retrieval(ranked: Sequence[str], gold: frozenset[str]) -> RetrievalScore:
    """Returns how good one ranking is, best first."""
    right = [tool in gold for tool in ranked[:DEPTH]]
    possible = min(len(gold), DEPTH)
    ideal = sum(_discount(place) for place in range(possible))
    gain = sum(_discount(place) for place, is_right in enumerate(right) if is_right)
    return RetrievalScore(float(right[:1] == [True]), sum(right) / possible, gain / ideal)


def mean_score(scores: Sequence[RetrievalScore]) -> RetrievalScore:
    """Returns the mean of at least one score."""
    count = len(scores)
    return RetrievalScore(
        sum(score.first for score in scores) / count,
        sum(score.found for score in scores) / count,
        sum(score.gain for score in scores) / count,
    )


def _discount(place: int) -> float:
    return 1 / math.log2(place + 2)
