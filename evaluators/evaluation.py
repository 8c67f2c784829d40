"""What scoring a program gives, and the Protocol of whatever scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sandbox import Outcome

# "verified": outputs were scored outside; "in-process": the specification's own code scored itself
# beside the candidate, so the candidate could have forged the score.
Integrity = Literal["verified", "in-process"]
Signature = tuple[float, ...]

# The measure that tells programs of equal scores apart: a number of what they made, where that is known. The
# archive clusters by it too, so that a search walks on among the many ways to one score.
STRUCTURE = "structure"


@dataclass(frozen=True)
class Evaluation:
    """The scores of one program; higher is better.

    Attributes:
        score: The score that selection uses; None when the program is invalid.
        scores_per_test: Score of each test, in the order of the tests.
        integrity: Who computed the scores.
        feedback: Why the program is invalid, or what a better one should mind; may enter a prompt, so it
            never speaks of hidden data.
        cpu_seconds: CPU time of the candidate's processes.
        peak_memory_bytes: Peak resident memory of the candidate's processes.
        measures: What the program is like rather than how good it is, by name; niches are made of these
            (quality diversity).
    """

    score: float | None
    scores_per_test: Mapping[str, float] = field(default_factory=dict)
    integrity: Integrity = "verified"
    feedback: str = ""
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0
    measures: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        scores = {"score": self.score, **self.scores_per_test, **self.measures}
        for name, score in scores.items():
            if score is not None and not math.isfinite(score):
                raise ValueError(f"Evaluation: {name}: expected a finite number, found {score}")

    @property
    def is_valid(self) -> bool:
        """Whether the program ran and earned a score."""
        return self.score is not None

    @property
    def signature(self) -> Signature:
        """The tuple of per-test scores, by which the archive clusters programs."""
        return tuple(self.scores_per_test.values())

    @classmethod
    def invalid(cls, feedback: str, integrity: Integrity = "verified") -> Evaluation:
        """Returns the evaluation of a program that earned no score."""
        return cls(score=None, feedback=feedback, integrity=integrity)


class Evaluator(Protocol):
    """Scores programs, one at a time."""

    def evaluate(self, source: str) -> Evaluation:
        """Returns the evaluation of the whole program text `source`.

        Raises:
            SandboxError: The machinery failed; the program is not to blame.
        """


def finite_number(value: object) -> float | None:
    """Returns a number from a candidate as a float; None where it is none, or none that is finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # an integer beyond all floats
        return None
    return number if math.isfinite(number) else None


def why_no_results(outcome: Outcome) -> str | None:
    """Returns the reason why an outcome holds no usable results, None if every call returned a value."""
    if outcome.status != "returned":
        return f"{outcome.status}: {outcome.error or 'no further word'}"
    return next((f"raised: {result.error}" for result in outcome.results if not result.ok), None)
