"""When a run has had enough: its budget is used, its target reached, or nothing new comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from funsearch.config import Budget, TokenPrices
from funsearch.tally import Tally


@dataclass(frozen=True)
class Stops:
    """The limits of a run.

    Attributes:
        budget: The limits.
        prices: What a limit of money is counted by.
    """

    budget: Budget
    prices: TokenPrices | None = None

    def reason(self, tally: Tally, best_score: float, elapsed_seconds: float) -> str | None:
        """Returns the first limit that is reached, in words; None while the run may go on."""
        return next(self._reached(tally, best_score, elapsed_seconds), None)

    def _reached(self, tally: Tally, best_score: float, elapsed_seconds: float) -> Iterator[str]:
        budget = self.budget
        if budget.target_score is not None and best_score >= budget.target_score:
            yield f"target score of {budget.target_score:g} reached"
        used = {
            "evaluations": tally.evaluations,
            "minutes": elapsed_seconds / 60,
            "tokens": tally.tokens,
            "money": tally.cost(self.prices) if self.prices else 0.0,
        }
        for name, spent in used.items():
            limit = getattr(budget, name)
            if limit is not None and spent >= limit:
                yield f"budget of {limit if isinstance(limit, int) else format(limit, 'g')} {name} used"
        if budget.stagnation is not None and tally.since_record >= budget.stagnation:
            yield f"no better program in the last {tally.since_record} evaluations"

    def evaluations_left(self, begun: int) -> int | None:
        """Returns how many evaluations may still begin when `begun` have; None for any number."""
        limit = self.budget.evaluations
        return None if limit is None else max(0, limit - begun)
