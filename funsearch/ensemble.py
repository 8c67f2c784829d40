"""Shares the machine among samplers: a model's calls are earned.

Mutation costs next to nothing and always runs. A language model costs seconds per prompt, so its share of
the wall time follows what it brings: improvements per second of its cost, beside those of mutation.
"""

from __future__ import annotations

from collections.abc import Mapping

from funsearch.progress import SamplerCount

SMALLEST_SHARE, LARGEST_SHARE = 0.10, 0.60
# Every sampler starts as if it had made one improvement in this many seconds; the evidence soon outweighs it.
PRIOR_SECONDS = 30.0


class Ensemble:
    """Decides when a costly sampler may draw its next prompt.

    Args:
        counts: Live counts of each sampler of the run.
        free: Names of the samplers that need no permission.
    """

    def __init__(self, counts: Mapping[str, SamplerCount], free: frozenset[str]) -> None:
        self._counts = counts
        self._free = free

    def may_draw(self, name: str, elapsed_seconds: float) -> bool:
        """Returns whether the sampler may draw now, `elapsed_seconds` into the run."""
        if name in self._free:
            return True
        return self._counts[name].sampling_seconds <= self.share(name) * elapsed_seconds

    def share(self, name: str) -> float:
        """Returns the share of the wall time that the sampler has earned; 1 where nobody competes."""
        if set(self._counts) == {name}:
            return 1.0
        total = sum(_gain_per_second(count) for count in self._counts.values())
        earned = _gain_per_second(self._counts[name]) / total
        return min(max(earned, SMALLEST_SHARE), LARGEST_SHARE)


def _gain_per_second(count: SamplerCount) -> float:
    return (count.improving + 1) / (count.seconds + PRIOR_SECONDS)
