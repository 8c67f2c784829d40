"""Which of many answered inputs become tests: those that tell programs apart best, then the most varied."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Kills = npt.NDArray[np.bool_]

_DECAY = 0.4  # what noticing a program once more is worth
_KILLING_SHARE = 0.7  # of the tests; the rest is chosen for variety


def choose_inputs(kills: Kills, kinds: Sequence[Hashable], count: int, rng: np.random.Generator) -> list[int]:
    """Returns the places of up to so many inputs, the most telling first.

    Each choice adds most to what is noticed: a program that few inputs notice weighs more, and less each time
    it is noticed again. Then come inputs of the kinds that are chosen least.

    Args:
        kills: Which program (column) each input (row) notices to be wrong.
        kinds: What each input is like, and gives: of equal ones fewer are needed.
        count: How many.
        rng: Drawn from to break ties.
    """
    telling = _telling(kills, int(count * _KILLING_SHARE))
    return telling + _varied(kinds, telling, count - len(telling), rng)


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


@dataclass(frozen=True)
class Partition:
    """Groups of programs that gave the same answers so far.

    Attributes:
        groups: The number of each program's group.
    """

    groups: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(set(self.groups))

    def split_by(self, answers: Sequence[Hashable]) -> Partition:
        """Returns the groups that remain when one more answer of each program is known."""
        names = {
            pair: number for number, pair in enumerate(dict.fromkeys(zip(self.groups, answers, strict=True)))
        }
        return Partition(tuple(names[pair] for pair in zip(self.groups, answers, strict=True)))


def choose_by_disagreement(answers: Sequence[Sequence[Hashable]], count: int) -> list[int]:
    """Returns the places of up to so many inputs, each of which splits the programs into most groups.

    Nobody needs to know which answer is right. It ends early where no input splits them further.

    Args:
        answers: Per input, each program's answer.
        count: How many.
    """
    chosen: list[int] = []
    partition = Partition((0,) * len(answers[0])) if answers else Partition(())
    while len(chosen) < count:
        splits = [(partition.split_by(row).size, -place) for place, row in enumerate(answers)]
        size, place = max(splits, default=(0, 0))
        if size <= partition.size:
            break
        chosen.append(-place)
        partition = partition.split_by(answers[-place])
    return chosen
