"""A stream: the numbered prompts (tickets) of one sampler on their way into the archive.

    issued → sampled → admitted (in order) → evaluated → registered (in order)

Ticket t is issued as soon as ticket t - window is registered, where the window grows with what is registered.
What a prompt sees then depends on the seed alone, not on which worker was faster, so a run with one
deterministic sampler is reproducible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from funsearch.journal import StoredCandidate, Ticket
from funsearch.population import Selection
from funsearch.workers import Sampled

# Registered prompts for each prompt of the window, until it is whole: early in a run each prompt has most to
# learn from the one before it.
REGISTERED_PER_PROMPT = 2

# What a sampler costs while it samples: nothing to speak of, a core of this machine, or an endpoint's tokens.
Cost = Literal["free", "core", "tokens"]


@dataclass(frozen=True)
class StreamPlan:
    """How a sampler is used.

    Attributes:
        name: The sampler's name.
        samples: Candidates per prompt.
        window: Prompts drawn ahead of the last registered one, once the run is under way.
        cost: What it costs while it samples; decides how the ensemble shares out its prompts.
    """

    name: str
    samples: int
    window: int
    cost: Cost


@dataclass
class OpenTicket:
    """An admitted ticket whose candidates are being evaluated."""

    ticket: Ticket
    candidates: dict[int, StoredCandidate]

    def missing(self) -> list[StoredCandidate]:
        """Returns the candidates that wait for their evaluation, in order."""
        return [c for c in self.candidates.values() if c.is_evaluable and c.evaluation is None]


@dataclass
class Stream:
    """Where the tickets of one sampler are.

    Attributes:
        plan: How the sampler is used.
        index: Its number in the run; part of the seeds of its random choices.
        issued: How many tickets have been drawn.
        admitted: How many of them have been sampled and stored.
        registered: How many of those have entered the archive.
        failures: Prompts in a row that the sampler failed to answer.
        is_off: Whether the sampler was switched off after too many failures.
        selections: Parents of the tickets that are being sampled.
        sampled: Tickets that came back before their turn.
        open: Tickets that are being evaluated.
    """

    plan: StreamPlan
    index: int
    issued: int = 0
    admitted: int = 0
    registered: int = 0
    failures: int = 0
    is_off: bool = False
    selections: dict[int, Selection] = field(default_factory=dict)
    sampled: dict[int, Sampled] = field(default_factory=dict)
    open: dict[int, OpenTicket] = field(default_factory=dict)

    @property
    def window(self) -> int:
        """How many prompts may be drawn ahead by now."""
        return min(self.plan.window, 1 + self.registered // REGISTERED_PER_PROMPT)

    @property
    def has_room(self) -> bool:
        """Whether the window allows another ticket."""
        return not self.is_off and self.issued < self.registered + self.window

    @property
    def next_sampled(self) -> Sampled | None:
        """The next ticket to admit, if it has come back."""
        return self.sampled.get(self.admitted)

    @property
    def next_complete(self) -> OpenTicket | None:
        """The next ticket to register, if all its candidates are evaluated."""
        ticket = self.open.get(self.registered)
        return ticket if ticket is not None and not ticket.missing() else None
