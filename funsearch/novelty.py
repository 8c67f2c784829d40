"""The novelty filter: turns away what is all but a copy, before the sandbox is paid for it.

Two programs are as similar as their bags of n-grams overlap (Jaccard: shared over all). The n-grams are those
of the canonical form by which duplicates are found (programs/fingerprint.py), so names of locals, comments
and formatting do not count. A single changed constant leaves a function of two lines 0.84 similar, one of
twelve lines 0.98: a threshold near 1 stops models that repeat themselves, a lower one the fine steps of
mutation too.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from funsearch.config import require_similarity
from funsearch.journal import TOO_SIMILAR, Journal
from programs import Block, BlockSpecification, Function, Specification
from programs.fingerprint import evolved_parts

Sketch: TypeAlias = frozenset[int]
Unit: TypeAlias = Function | Block

GRAM = 4
RECENT_PER_ISLAND = 32
_CACHED_SKETCHES = 512


@dataclass(frozen=True)
class Kin:
    """What a proposal is compared with, beside the last programs of its island.

    Attributes:
        island: Index of the island that the prompt was drawn from.
        parents: The prompt's programs, by their numbers.
    """

    island: int
    parents: Mapping[int, Unit]


def sketch(program: Unit) -> Sketch:
    """Returns the bag of n-grams of a program's canonical form: a hash of each, and of how many came before.

    Raises:
        ProgramSyntaxError: The text is not Python.
    """
    codes = [_code(part) for part in evolved_parts(program)]
    seen: dict[int, int] = {}
    grams = set()
    for gram in map(hash, zip(*(codes[start:] for start in range(GRAM)), strict=False)):
        count = seen.get(gram, 0)
        seen[gram] = count + 1
        grams.add(hash((gram, count)))
    return frozenset(grams)


@lru_cache(4096)
def _code(part: str) -> int:
    """Returns a number for a part, the same in every process, as the hash of a text is not."""
    return zlib.crc32(part.encode(errors="surrogatepass"))


def similarity(one: Sketch, other: Sketch) -> float:
    """Returns the Jaccard similarity of two bags, from 0 to 1; 1 for equal ones."""
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared) if one or other else 1.0


class NoveltyFilter:
    """Remembers the last admitted programs of each island.

    What it remembers follows from the candidates in the journal alone, so a resumed run turns away the same.

    Args:
        threshold: Similarity at or above which a proposal is turned away; above 0, at most 1.
    """

    def __init__(self, threshold: float) -> None:
        require_similarity(threshold)
        self.threshold = threshold
        self._recent: dict[int, deque[tuple[int, Sketch]]] = {}
        self._sketch = lru_cache(_CACHED_SKETCHES)(sketch)  # the same parents come again and again

    def recall(self, journal: Journal, specification: Specification | BlockSpecification) -> None:
        """Remembers what was admitted before the run was interrupted."""
        for island in journal.islands():
            for number, source in journal.last_admitted(island, RECENT_PER_ISLAND):
                self.remember(number, specification.unit(source), island)

    def remember(self, number: int, program: Unit, island: int) -> None:
        """Takes in a program that is being scored."""
        recent = self._recent.setdefault(island, deque(maxlen=RECENT_PER_ISLAND))
        recent.append((number, self._sketch(program)))

    def why_refused(self, program: Unit, kin: Kin) -> str | None:
        """Returns which known program the proposal is too similar to, in words; None where it is new."""
        drawn = self._sketch(program)
        known = [(number, self._sketch(parent)) for number, parent in kin.parents.items()]
        for number, other in [*known, *reversed(self._recent.get(kin.island, ()))]:
            # The overlap is at most the smaller of both: most pairs need no counting.
            smaller, greater = sorted((len(drawn), len(other)))
            if smaller >= self.threshold * greater and (alike := similarity(drawn, other)) >= self.threshold:
                return f"{TOO_SIMILAR}: {alike:.3f} to program {number} (novelty filter: {self.threshold:g})"
        return None
