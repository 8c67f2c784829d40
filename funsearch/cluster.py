"""A cluster: the programs of an island that have the same signature."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ScoredProgram:
    """A valid program as the archive keeps it.

    Attributes:
        candidate: Its number in the journal.
        source: Text of the evolved function.
        score: What selection compares; higher is better.
        signature: Per-test scores.
    """

    candidate: int
    source: str
    score: float
    signature: tuple[float, ...]


@dataclass
class Cluster:
    """Programs that score alike on every test; shorter ones are preferred.

    Its score is that of its programs, which the signature makes equal.
    """

    score: float
    programs: list[ScoredProgram] = field(default_factory=list)
    _lengths: list[int] = field(default_factory=list)

    def register(self, program: ScoredProgram) -> None:
        """Adds a program."""
        self.programs.append(program)
        self._lengths.append(len(program.source))

    def sample(self, rng: np.random.Generator, temperature: float) -> ScoredProgram:
        """Returns a program, shorter ones likelier (FunSearch, Methods); consumes one choice of `rng`."""
        lengths = np.array(self._lengths, dtype=np.float64)
        shortest, longest = lengths.min(), lengths.max()
        normalized = (lengths - shortest) / (longest + 1e-6)
        return self.programs[rng.choice(len(self.programs), p=softmax(-normalized, temperature))]


def softmax(logits: FloatArray, temperature: float) -> FloatArray:
    """Returns probabilities of shape `logits.shape` that sum to 1.

    Raises:
        ValueError: A logit is not finite; nothing sensible can be drawn from such scores.
    """
    if not np.isfinite(logits).all():
        raise ValueError(f"softmax: expected finite logits, found {logits[~np.isfinite(logits)][:3]}")
    with np.errstate(over="ignore"):  # logits worlds apart: the smaller one's probability is 0
        scaled = np.exp((logits - logits.max()) / temperature)
    return np.asarray(scaled / scaled.sum())
