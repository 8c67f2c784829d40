"""Counts what each sampler proposed and what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from funsearch.config import TokenPrices
from funsearch.journal import StoredCandidate, Ticket
from funsearch.progress import SamplerCount
from language_models import Usage


class Tally:
    """Live counts of a run.

    Args:
        samplers: Names of the run's samplers.
    """

    def __init__(self, samplers: Iterable[str]) -> None:
        self.counts = {name: SamplerCount() for name in samplers}
        self.evaluations = 0
        self.since_record = 0  # evaluations registered since the best program was
        self.best_sampler: str | None = None

    def snapshot(self) -> dict[str, SamplerCount]:
        """Returns copies of the counts as they are now."""
        return {name: replace(count) for name, count in self.counts.items()}

    def admitted(self, ticket: Ticket, candidates: Iterable[StoredCandidate]) -> None:
        """Counts the candidates of one prompt and what it cost."""
        count = self.counts[ticket.stream]
        for candidate in candidates:
            count.proposed += 1
            count.similar += candidate.is_similar
            count.defective += candidate.defect is not None and not candidate.is_similar
            count.duplicates += candidate.duplicate_of is not None
        count.seconds += ticket.seconds
        count.sampling_seconds += ticket.seconds
        count.prompt_tokens += ticket.prompt_tokens
        count.completion_tokens += ticket.completion_tokens

    def scored(self, sampler: str, candidates: Iterable[StoredCandidate]) -> None:
        """Counts those of the candidates that have been evaluated."""
        count = self.counts[sampler]
        for candidate in candidates:
            if candidate.evaluation is not None:
                count.evaluated += 1
                count.valid += candidate.evaluation.is_valid
                count.seconds += candidate.seconds

    def registered(self, sampler: str, improves_island: bool, improves_run: bool) -> None:
        """Counts an evaluated candidate whose turn to enter the archive has come."""
        count = self.counts[sampler]
        count.improving += improves_island
        self.since_record += 1
        if improves_run:
            count.records += 1
            self.since_record = 0
            self.best_sampler = sampler

    def cost(self, prices: TokenPrices) -> float:
        """Returns what the models' tokens have cost so far."""
        return sum(prices.of(Usage(c.prompt_tokens, c.completion_tokens)) for c in self.counts.values())

    @property
    def tokens(self) -> int:
        """Tokens read and written so far."""
        return sum(count.tokens for count in self.counts.values())
