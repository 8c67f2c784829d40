"""How good a ranking of programs is, where one knows which of them are right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class RankingScore:
    """Of one ranking.

    Attributes:
        is_top_right: Whether the first program is right.
        auc: Probability that a right program stands before a wrong one, ties counted half; None where all are
            right, or none is.
    """

    is_top_right: bool
    auc: float | None


def score_ranking(scores: Sequence[float], is_right: Sequence[bool]) -> RankingScore:
    """Returns how good a ranking is, given by one score per program, best first."""
    right = [score for score, good in zip(scores, is_right, strict=True) if good]
    wrong = [score for score, good in zip(scores, is_right, strict=True) if not good]
    wins = sum((a > b) + 0.5 * (a == b) for a in right for b in wrong)
    pairs = len(right) * len(wrong)
    return RankingScore(bool(is_right and is_right[0]), wins / pairs if pairs else None)
