"""Which answered inputs become tests: those that tell programs apart, the smallest, the most varied."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import numpy.typing as npt

Kills = npt.NDArray[np.bool_]

_DECAY = 0.4  # what noticing a program once more is worth
_TELLING_SHARE = 0.6  # of the tests
_SMALLEST_SHARE = 0.2  # where boundaries lie that no program at hand has got wrong


def choose_inputs(
    kills: Kills,
    kinds: Sequence[Hashable],
    sizes: Sequence[int],
    count: int,
    rng: np.random.Generator,
) -> list[int]:
    """Returns the places of up to so many inputs, the most telling first.

    Each choice adds most to what is noticed: a program that few inputs notice weighs more, and less each time
    it is noticed again. Then come the smallest inputs, then those of the kinds that are chosen least.

    Args:
        kills: Which program (column) each input (row) notices to be wrong.
        kinds: What each input is like, and gives: of equal ones fewer are needed.
        sizes: How large each input is.
        count: How many.
        rng: Drawn from to break ties.
    """
    chosen = _telling(kills, int(count * _TELLING_SHARE))
    taken = set(chosen)
    by_size = [int(place) for place in np.argsort(sizes, kind="stable") if place not in taken]
    chosen += by_size[: int(count * _SMALLEST_SHARE)]
    return chosen + _varied(kinds, chosen, count - len(chosen), rng)


def _telling(kills: Kills, count: int) -> list[int]:
    noticed = kills.sum(axis=0)
    open_programs = kills[:, noticed > 0].astype(np.float64)
    worth = 1.0 / np.sqrt(noticed[noticed > 0])
    is_free = np.ones(len(kills), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < min(count, len(kills)) and worth.size:
        gain = np.where(is_free, open_programs @ worth, -1.0)
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        chosen.append(best)
        is_free[best] = False
        worth = np.where(open_programs[best] > 0, worth * _DECAY, worth)
    return chosen


def _varied(
    kinds: Sequence[Hashable], chosen: Sequence[int], count: int, rng: np.random.Generator
) -> list[int]:
    """Returns further places: in turn one of each kind, those with the fewest chosen first."""
    waiting: dict[Hashable, list[int]] = {}
    taken = set(chosen)
    for place in rng.permutation(len(kinds)):
        waiting.setdefault(kinds[place], []).append(int(place))
    turns = [
        (turn, kind_number, place)
        for kind_number, places in enumerate(waiting.values())
        for turn, place in enumerate(sorted(places, key=lambda place: place not in taken))
        if place not in taken
    ]
    return [place for _, _, place in sorted(turns)[:count]]
