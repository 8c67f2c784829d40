"""Work that leaves the driver, and the Protocol of whatever does it.

Jobs carry a prompt's few programs or a ticket's few candidates, never the archive.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from evaluators import Evaluation, Evaluator
from funsearch.exceptions import SamplerError
from funsearch.sampler import Prompt, Sampler, Samples


@dataclass(frozen=True)
class SampleJob:
    """One prompt for the sampler named `stream`."""

    stream: str
    ticket: int
    prompt: Prompt
    samples: int


@dataclass(frozen=True)
class EvaluationJob:
    """Whole programs to score; `candidates` are their numbers in the journal."""

    stream: str
    ticket: int
    candidates: tuple[int, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Sampled:
    """What a prompt gave; `failure` says why it gave nothing."""

    job: SampleJob
    samples: Samples
    seconds: float
    failure: str | None = None


@dataclass(frozen=True)
class Evaluated:
    """Scores of a job's programs, in order, and the seconds each took."""

    job: EvaluationJob
    evaluations: tuple[Evaluation, ...]
    seconds: tuple[float, ...]


Job: TypeAlias = SampleJob | EvaluationJob
Done: TypeAlias = Sampled | Evaluated


class Workers(Protocol):
    """Does jobs, in any order."""

    @property
    def descriptions(self) -> Mapping[str, str]:
        """What each sampler and "sandbox" really are, as they say themselves."""

    def submit(self, job: Job) -> None:
        """Queues a job."""

    def collect(self, timeout: float) -> Sequence[Done]:
        """Returns what was finished since, waiting up to `timeout` seconds for the first.

        Raises:
            WorkersLost: Jobs can no longer be done.
        """

    def close(self) -> None:
        """Ends the workers; jobs under way are given up."""


def propose(job: SampleJob, sampler: Sampler) -> Sampled:
    """Returns the finished job; a sampler that failed is told of in the result."""
    started = time.perf_counter()
    try:
        samples, failure = sampler.sample(job.prompt, job.samples), None
    except SamplerError as error:
        samples, failure = Samples(()), str(error)
    return Sampled(job, samples, time.perf_counter() - started, failure)


def score(job: EvaluationJob, evaluator: Evaluator) -> Evaluated:
    """Returns the finished job."""
    evaluations, seconds = [], []
    for source in job.sources:
        started = time.perf_counter()
        evaluations.append(_scored(evaluator, source))
        seconds.append(time.perf_counter() - started)
    return Evaluated(job, tuple(evaluations), tuple(seconds))


def _scored(evaluator: Evaluator, source: str) -> Evaluation:
    """Returns the evaluation; a number that our scoring chokes on is the program's fault."""
    try:
        return evaluator.evaluate(source)
    except (ArithmeticError, ValueError) as error:
        return Evaluation.invalid(f"scoring failed: {type(error).__name__}: {error}")


class InlineWorkers:
    """Does one job at a time in this process, first come, first served: for tests and small runs."""

    def __init__(self, samplers: Mapping[str, Sampler], evaluator: Evaluator) -> None:
        self._samplers = samplers
        self._evaluator = evaluator
        self._queue: deque[Job] = deque()

    @property
    def descriptions(self) -> Mapping[str, str]:
        return {name: sampler.description for name, sampler in self._samplers.items()}

    def submit(self, job: Job) -> None:
        self._queue.append(job)

    def collect(self, timeout: float) -> Sequence[Done]:
        if not self._queue:
            return []
        job = self._queue.popleft()
        if isinstance(job, SampleJob):
            return [propose(job, self._samplers[job.stream])]
        return [score(job, self._evaluator)]

    def close(self) -> None:
        self._queue.clear()
