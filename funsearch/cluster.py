"""A cluster: the programs of an island that have the same signature."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluators.evaluation import STRUCTURE, Evaluation

FloatArray = npt.NDArray[np.float64]
_KEY_BYTES = 16


@dataclass(frozen=True)
class ScoredProgram:
    """A valid program on its way into the archive.

    Attributes:
        candidate: Its number in the journal.
        source: Text of the evolved function.
        score: What selection compares; higher is better.
        signature: Per-test scores.
        structure: Tells programs of equal scores apart, where the evaluator knows how.
    """

    candidate: int
    source: str
    score: float
    signature: tuple[float, ...]
    structure: float = 0.0

    @classmethod
    def of(cls, candidate: int, source: str, score: float, evaluation: Evaluation) -> ScoredProgram:
        """Returns an evaluated program."""
        structure = evaluation.measures.get(STRUCTURE, 0.0)
        return cls(candidate, source, score, evaluation.signature, structure)

    @property
    def cluster_key(self) -> bytes:
        """Signature and structure in 16 bytes: an archive of a million programs keeps one for each."""
        numbers = np.array((*self.signature, self.structure), dtype=np.float64)
        numbers += 0.0  # makes 0.0 of -0.0, which are equal
        return hashlib.blake2b(numbers.tobytes(), digest_size=_KEY_BYTES).digest()


class Cluster:
    """Programs that score alike on every test; shorter ones are preferred.

    Keeps numbers, not texts: 12 bytes per program. The texts are in the journal.
    """

    __slots__ = ("_lengths", "_programs")

    def __init__(self) -> None:
        self._programs = array("q")
        self._lengths = array("i")

    def register(self, program: ScoredProgram) -> None:
        """Adds a program."""
        self._programs.append(program.candidate)
        self._lengths.append(len(program.source))

    def sample(self, rng: np.random.Generator, temperature: float) -> int:
        """Returns a program's number, shorter ones likelier (FunSearch, Methods); takes two draws of `rng`.

        First a length is drawn, then a program of that length: there are far fewer lengths than programs.
        """
        lengths = np.array(self._lengths)
        counts = np.bincount(lengths)
        present = np.flatnonzero(counts)
        normalized = (present - present[0]) / (present[-1] + 1e-6)
        weights = counts[present] * softmax_weights(-normalized, temperature)
        [drawn] = draw_distinct(rng, weights, 1)
        of_that_length = np.flatnonzero(lengths == present[drawn])
        return self._programs[int(rng.choice(of_that_length))]


def softmax_weights(logits: FloatArray, temperature: float) -> FloatArray:
    """Returns softmax probabilities of shape `logits.shape`, up to a common factor; the largest is 1.

    Raises:
        ValueError: A logit is not finite; nothing sensible can be drawn from such scores.
    """
    largest = logits.max()
    if not np.isfinite(logits.sum()) and not np.isfinite(logits).all():
        raise ValueError(f"softmax: expected finite logits, found {logits[~np.isfinite(logits)][:3]}")
    with np.errstate(over="ignore"):  # logits worlds apart: the smaller one's weight is 0
        return np.asarray(np.exp((logits - largest) / temperature))


def draw_distinct(rng: np.random.Generator, weights: FloatArray, count: int) -> list[int]:
    """Returns up to `count` different indices, one after the other, each in proportion to its weight.

    Fewer where fewer weights are above 0. Consumes one uniform draw of `rng` per index. Equal in
    distribution to `rng.choice(..., replace=False, p=...)`, at a fraction of its cost.
    """
    left = weights.copy()
    drawn: list[int] = []
    while len(drawn) < count:
        sums = np.cumsum(left)
        if not sums[-1] > 0:
            break
        # Rounding may carry the draw to the total itself; the last weight above 0 is then meant.
        last = int(np.searchsorted(sums, sums[-1]))
        index = min(int(np.searchsorted(sums, rng.random() * sums[-1], side="right")), last)
        drawn.append(index)
        left[index] = 0.0
    return drawn
