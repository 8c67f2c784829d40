"""What a run comes to, as a fold over its journal that keeps no program: counts, records, curves, a sample.

It follows the archive's rules: which program improves an island, and whose best program founds an island that
is reset. The archive itself knows every program; this knows the best ones.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from funsearch.config import RunConfig
from funsearch.exceptions import JournalError
from funsearch.progress import SamplerCount
from funsearch.resets import Resets
from funsearch.run_curves import MOST_SAMPLED, MOST_STEPS, Record, Scored, Step, Thinned

INITIAL = 0  # number of the program that a run starts from

# A candidate of a registered ticket, as the query of `run_reader` gives it; what the ticket cost counts with
# the first candidate of each.
Row: TypeAlias = tuple[Any, ...]


@dataclass
class _Island:
    """An island of which only the best score is known."""

    best: float
    steps: Thinned[Step]
    generation: int = 0


class RunFold:
    """Takes in what enters the archive, in that order.

    Args:
        config: The run's settings.
        initial: Score of the program that the run starts from; None where it is not known.
    """

    def __init__(self, config: RunConfig, initial: float | None) -> None:
        self._config = config
        self._has_islands = config.strategy == "evolution"
        lowest = float("-inf") if initial is None else initial
        self.evaluations = 0
        self.valid = 0
        self.seconds = 0.0
        self.counts = {name: SamplerCount() for name in config.samplers}
        self.best: Record | None = None
        self.records: Thinned[Record] = Thinned(MOST_STEPS)
        self.recorded = 0
        self.islands = [
            _Island(lowest, Thinned(MOST_STEPS))
            for _ in range(config.archive.islands if self._has_islands else 1)
        ]
        self._resets = Resets(config.archive, config.seed, lowest)
        self.samplers: dict[str, Thinned[Step]] = {}
        self.sample: Thinned[Scored] = Thinned(MOST_SAMPLED)
        self._best_of: dict[str, float] = {}
        if initial is not None:
            self._begin(Record(0, 0.0, initial, INITIAL, "", 0))

    def _begin(self, initial: Record) -> None:
        self.best = initial
        self.records.add(initial)
        for island in self.islands:
            island.steps.add(initial)

    def take(self, rows: Sequence[Row]) -> None:
        """Takes in the candidates of registered tickets, in order.

        Raises:
            JournalError: They do not fit the run's settings.
        """
        for row in rows:
            stream, island, generation, elapsed, *costs = row[:7]
            number, *_, score, _, is_evaluated, _ = row[7:]
            count = self.counts.setdefault(stream, SamplerCount())
            self.seconds = elapsed
            if not 0 <= island < len(self.islands):
                raise JournalError(
                    f"it holds prompts on island {island}, and config.json sets up {len(self.islands)}"
                )
            add_candidate(count, costs, row[7:])
            self.evaluations += is_evaluated
            if score is not None:
                if not math.isfinite(score):
                    raise ValueError(f"candidate {number}: expected a finite score, found {score}")
                scored = Scored(self.evaluations, elapsed, score, number, stream)
                self._register(scored, island, generation)

    def _register(self, program: Scored, island: int, generation: int) -> None:
        self.valid += 1
        self.sample.add(program)
        score, stream, count = program.score, program.sampler, self.counts[program.sampler]
        at = (program.evaluations, program.seconds, score)
        step = Step(*at)
        if score > self._best_of.get(stream, float("-inf")):
            self._best_of[stream] = score
            self.samplers.setdefault(stream, Thinned(MOST_STEPS)).add(step)
        is_best = self.best is None or score > self.best.score
        if is_best:
            self.best = Record(*at, program.candidate, stream, island)
            self.records.add(self.best)
            self.recorded += 1
            count.records += 1
        home = self.islands[island]
        if (is_best or generation == home.generation) and score > home.best:
            home.best = score
            home.steps.add(step)
            count.improving += 1
        if self._has_islands and self._resets.is_due(self.valid):
            self._replace_islands()

    def _replace_islands(self) -> None:
        """Lets the curves of the replaced islands go on from their founders' scores, as the archive does."""
        for index in self._resets.founders([island.best for island in self.islands]):
            island = self.islands[index]
            island.generation += 1
            island.best = self._resets.best[index]
            island.steps.add(Step(self.evaluations, self.seconds, island.best))

    @property
    def resets(self) -> int:
        """How often islands were replaced."""
        return self._resets.count


def add_candidate(count: SamplerCount, costs: Sequence[Any], candidate: Sequence[Any]) -> None:
    """Counts a candidate, and with the first one of a ticket what the ticket cost.

    Args:
        count: Of its sampler.
        costs: Seconds, tokens read, tokens written.
        candidate: Number (None for a ticket without any), defect (0 none, 1 defective, 2 similar), whether it
            is a duplicate, score, seconds, whether it is evaluated, whether it is the first of its ticket.
    """
    number, defect, duplicate, score, seconds, evaluated, is_first = candidate
    if is_first:
        count.seconds += costs[0]
        count.sampling_seconds += costs[0]
        count.prompt_tokens += costs[1]
        count.completion_tokens += costs[2]
    if number is None:
        return
    count.proposed += 1
    count.defective += defect == 1
    count.similar += defect == 2
    count.duplicates += duplicate
    if evaluated:
        count.evaluated += 1
        count.valid += score is not None
        count.seconds += seconds


def copied(counts: dict[str, SamplerCount]) -> dict[str, SamplerCount]:
    """Returns counts that do not change any more."""
    return {name: replace(count) for name, count in counts.items()}
