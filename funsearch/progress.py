"""Where a run stands, as values that a view can draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from funsearch.task import Task


@dataclass
class SamplerCount:
    """What one sampler has proposed so far and what became of it.

    Attributes:
        proposed: Candidates, all of the following included.
        defective: Those that were no function that could be run.
        duplicates: Those whose fingerprint was known.
        similar: Those that the novelty filter turned away.
        evaluated: Those that were scored.
        valid: Scored ones that earned a score.
        improving: Valid ones that became the best of their island.
        records: Valid ones that became the best of the run.
        seconds: Time spent on proposing them and on scoring them.
        sampling_seconds: Time spent on proposing them.
        prompt_tokens: Tokens read by a model.
        completion_tokens: Tokens written by a model.
    """

    proposed: int = 0
    defective: int = 0
    duplicates: int = 0
    similar: int = 0
    evaluated: int = 0
    valid: int = 0
    improving: int = 0
    records: int = 0
    seconds: float = 0.0
    sampling_seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True)
class Progress:
    """A snapshot of a run.

    Attributes:
        elapsed_seconds: Wall time, over all resumptions.
        evaluations: Completed evaluations, over all resumptions.
        best_score: The best score so far.
        best_source: Text of the evolved function that has it.
        best_sampler: Sampler that proposed it; None while it is the initial function.
        best_per_island: The best score of each island.
        samplers: Counts per sampler.
        resets: How often the weaker half of the islands was reset.
        niches_per_island: Occupied niches of each island; empty where prompts draw on no elites.
    """

    elapsed_seconds: float
    evaluations: int
    best_score: float
    best_source: str
    best_sampler: str | None
    best_per_island: tuple[float, ...]
    samplers: dict[str, SamplerCount]
    resets: int
    niches_per_island: tuple[int, ...] = ()


class Observer(Protocol):
    """Watches a run."""

    def on_start(self, task: Task, facts: Mapping[str, str]) -> None:
        """Is told what is evolved and what is really on: samplers, sandbox, sizes."""

    def on_progress(self, progress: Progress) -> None:
        """Is told where the run stands, a few times a second."""


class SilentObserver:
    """Watches and says nothing."""

    def on_start(self, task: Task, facts: Mapping[str, str]) -> None:
        pass

    def on_progress(self, progress: Progress) -> None:
        pass
