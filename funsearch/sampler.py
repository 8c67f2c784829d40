"""What a sampler is: parents in, candidate functions out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from programs import Block, Function


@dataclass(frozen=True)
class Prompt:
    """What a sampler is given to improve on.

    Attributes:
        parents: Functions (or blocks, where the task evolves blocks) of one island, worst first.
        seed: Entropy of the sampler's random choices: (run seed, stream, ticket).
        feedback: What the evaluation of each parent said: failing cases, hints; empty where it said nothing.
    """

    parents: tuple[Function | Block, ...]
    seed: tuple[int, int, int]
    feedback: tuple[str, ...] = ()

    @property
    def functions(self) -> tuple[Function, ...]:
        """The parents, for samplers of functions."""
        return tuple(parent for parent in self.parents if isinstance(parent, Function))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The parents, for samplers of blocks."""
        return tuple(parent for parent in self.parents if isinstance(parent, Block))


@dataclass(frozen=True)
class Candidate:
    """A proposed function, or what a sampler got instead of one.

    Attributes:
        source: Text of the function; of the raw proposal where it is defective.
        defect: Why the proposal is no function that could be run; None for a sound one.
    """

    source: str
    defect: str | None = None


@dataclass(frozen=True)
class Samples:
    """What one prompt gave, and what it cost beside time."""

    candidates: tuple[Candidate, ...]
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Sampler(Protocol):
    """Proposes functions."""

    @property
    def description(self) -> str:
        """What is really at work, for the run's first lines: model, grammar, operators."""

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns up to `samples` candidates.

        Raises:
            SamplerError: The model behind it failed; the prompt may be tried again.
        """
