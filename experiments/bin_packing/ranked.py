"""Packing by a table of ranks: what `pack` does with element-wise priorities, some hundred times faster.

For such priorities bins of equal free capacity (their *level*) are equal, and the first of equals wins. So
it is enough to know which levels are there, and for each level its bins, the first at hand. Written out in
the order of preference for an item, a byte per level, the best level there is the first byte that says so:
`bytes.translate` and `bytes.find` look it up at the speed of C.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt

from experiments.bin_packing.instances import IntArray, PackingInstances

RankArray = npt.NDArray[np.int16]

UNFIT = -1  # rank of a level that the item does not fit
POISON = int(np.iinfo(np.int16).max)  # rank of what may not be chosen, and outranks all else


class PoisonChosen(Exception):
    """A packing met a bin of rank `POISON`."""


@dataclass(frozen=True)
class _Preference:
    """How bins are chosen for items of one size.

    Attributes:
        levels: The levels that the item fits, best rank first, a byte each.
        ends: For each of them, where the levels of its rank end.
        is_plain: For each of them, 1 where it is alone in its rank and may be chosen.
        poisoned: How many levels at the beginning may not be chosen.
    """

    levels: bytes
    ends: bytes
    is_plain: bytes
    poisoned: int

    @classmethod
    def of(cls, ranks: RankArray) -> _Preference:
        """Returns the preference that a row of the table holds, int16 [levels]."""
        levels = np.flatnonzero(ranks != UNFIT)
        levels = levels[np.argsort(-ranks[levels].astype(np.int64), kind="stable")]
        ordered = -ranks[levels].astype(np.int64)
        starts = np.searchsorted(ordered, ordered, side="left")
        ends = np.searchsorted(ordered, ordered, side="right")
        poisoned = int(np.count_nonzero(ordered == -POISON))
        is_plain = (ends - starts == 1) & (ordered != -POISON)
        return cls(_as_bytes(levels), _as_bytes(ends), _as_bytes(is_plain), poisoned)


def _as_bytes(values: npt.NDArray[np.generic]) -> bytes:
    return values.astype(np.uint8).tobytes()


def pack_by_ranks(instances: PackingInstances, ranks: RankArray) -> IntArray:
    """Returns how many bins are used, int64 [instances]; see `packings`."""
    return np.array(list(packings(instances, ranks)), dtype=np.int64)


def packings(instances: PackingInstances, ranks: RankArray) -> Iterator[int]:
    """Yields how many bins each instance takes, which is packed when it is asked for.

    Args:
        instances: What is packed.
        ranks: Rank of a bin by item size and free capacity, [largest item + 1, capacity + 1]; `UNFIT`
            where the item does not fit, `POISON` where it may not be chosen.

    Raises:
        PoisonChosen: A packing met `POISON`.
    """
    preferences = {int(size): _Preference.of(ranks[size]) for size in np.unique(instances.items)}
    for items in instances.items:
        yield _Bins(instances.capacity).pack(items.tolist(), preferences)


class _Bins:
    """The bins of one packing."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._at: list[list[int]] = [[] for _ in range(capacity + 1)]  # heaps: bins by level
        self._at[capacity] = [0]  # the first bin that is empty stands for all
        self._is_there = bytearray(256)  # 1 for the levels that some bin is at; the table of `translate`
        self._is_there[capacity] = 1

    def pack(self, items: list[int], preferences: dict[int, _Preference]) -> int:
        """Returns how many bins the items take."""
        at, is_there, capacity, opened = self._at, self._is_there, self._capacity, 0
        for item in items:  # some ten thousand per program, so nothing is called that need not be
            preference = preferences[item]
            place = preference.levels.translate(is_there).find(1)
            plain = preference.is_plain[place]
            level = preference.levels[place] if plain else self._first_of_equals(preference, place)
            left = at[level]
            number = heappop(left)
            if level == capacity:
                opened += 1
                left.append(opened)
            elif not left:
                is_there[level] = 0
            heappush(at[level - item], number)
            is_there[level - item] = 1
        return opened

    def _first_of_equals(self, preference: _Preference, place: int) -> int:
        """Returns the level, of those that rank as the one at `place`, which has the first bin."""
        if place < preference.poisoned:
            raise PoisonChosen
        equals = preference.levels[place : preference.ends[place]]
        return min((self._at[level][0], level) for level in equals if self._at[level])[1]
