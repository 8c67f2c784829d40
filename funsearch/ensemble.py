"""Shares the machine among samplers: a model's calls are earned.

A bandit on improvements per cost. Mutation costs next to nothing and always runs. A model on this machine
takes a core while it samples: its share of the wall time follows what it brings per second of its cost,
beside what the others bring. A model behind an endpoint costs tokens: its share is that of its window, the
prompts that it may have under way at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from funsearch.progress import SamplerCount
from funsearch.stream import StreamPlan

SMALLEST_SHARE, LARGEST_SHARE = 0.10, 0.60
# Every sampler starts as if it had made one improvement in this many seconds; the evidence soon outweighs it.
PRIOR_SECONDS = 30.0
# What a token weighs beside a second of a core: a million tokens of a small hosted model cost about 0.3 $,
# a rented core about 0.03 $ an hour.
SECONDS_PER_TOKEN = 0.036


class Ensemble:
    """Decides when a costly sampler may draw its next prompt.

    Args:
        counts: Live counts of each sampler of the run.
        plans: How each is used.
    """

    def __init__(self, counts: Mapping[str, SamplerCount], plans: Sequence[StreamPlan]) -> None:
        self._counts = counts
        self._plans = {plan.name: plan for plan in plans}

    def may_draw(self, name: str, under_way: int, elapsed_seconds: float) -> bool:
        """Returns whether the sampler may draw now.

        Args:
            name: Its name.
            under_way: Prompts that it is answering.
            elapsed_seconds: Wall time of the run.
        """
        plan = self._plans[name]
        if plan.cost == "free":
            return True
        if plan.cost == "tokens":
            return under_way < max(1, round(self.share(name) * plan.window))
        return self._counts[name].sampling_seconds <= self.share(name) * elapsed_seconds

    def share(self, name: str) -> float:
        """Returns the share that the sampler has earned; 1 where nobody competes."""
        if set(self._counts) == {name}:
            return 1.0
        gains = {other: self._gain_per_second(other) for other in self._counts}
        return min(max(gains[name] / sum(gains.values()), SMALLEST_SHARE), LARGEST_SHARE)

    def _gain_per_second(self, name: str) -> float:
        count = self._counts[name]
        seconds = count.seconds
        if self._plans[name].cost == "tokens":  # waiting for an endpoint costs nothing; its tokens do
            seconds += count.tokens * SECONDS_PER_TOKEN - count.sampling_seconds
        return (count.improving + 1) / (seconds + PRIOR_SECONDS)
