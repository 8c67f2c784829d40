"""What is drawn of a run, in memory that does not grow with it: steps of a curve, and a sample of scores.

Both depend on the run alone, not on how often somebody looked at it meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

MOST_STEPS = 400  # of one curve; a run has some dozens of records, a noisy one thousands
MOST_SAMPLED = 2_000


@dataclass(frozen=True)
class Step:
    """A moment in which a curve changes.

    Attributes:
        evaluations: Of the run until then, this one included.
        seconds: Wall time of the run until then, over all resumptions.
        score: From then on.
    """

    evaluations: int
    seconds: float
    score: float


@dataclass(frozen=True)
class Record(Step):
    """A program that was the best of the run when it came.

    Attributes:
        candidate: Its number.
        sampler: Who proposed it; "" for the initial program.
        island: Where its parents were.
    """

    candidate: int
    sampler: str
    island: int


@dataclass(frozen=True)
class Scored(Step):
    """A valid program of the sample.

    Attributes:
        candidate: Its number.
        sampler: Who proposed it.
    """

    candidate: int
    sampler: str


T = TypeVar("T")


class Thinned(Generic[T]):
    """The first and the last of a sequence, and evenly many of those between, never more than `most`.

    Args:
        most: How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = max(most, 4)
        self._stride = 1
        self._kept: list[T] = []
        self._last: T | None = None
        self.seen = 0

    def add(self, item: T) -> None:
        """Takes the next one."""
        if self.seen % self._stride == 0:
            if len(self._kept) >= self._most - 1:
                self._kept = self._kept[::2]
                self._stride *= 2
            if self.seen % self._stride == 0:
                self._kept.append(item)
        self.seen += 1
        self._last = item

    def items(self) -> list[T]:
        """Returns those that are kept, in order."""
        if self._last is None or self._kept[-1] is self._last:
            return list(self._kept)
        return [*self._kept, self._last]
