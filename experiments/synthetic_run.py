"""Writes runs of any size through the journal, without sandbox or model: for measuring what reads runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import numpy as np

from evaluators import Evaluation
from funsearch.config import Budget, RunConfig
from funsearch.journal import Journal, StoredCandidate, Ticket
from funsearch.run_directory import locked, write_config

SAMPLERS = ("mutation", "openai")
PER_TICKET = 4
ISLANDS = 4
TASK = "bin_packing_or"
_HEAD = 'def priority(item: float, bins: np.ndarray) -> np.ndarray:\n    """Returns priorities."""\n'


class SyntheticRun:
    """A run that is written while this is open, and counts as running for so long.

    Args:
        directory: Of the run, new.
        goal: Programs after which the scores have nearly reached their ceiling.
        seed: Of all that is made up.
        words: Stand in every program, feedback and fact.
    """

    def __init__(self, directory: Path, goal: int = 50_000, seed: int = 0, words: str = "") -> None:
        directory.mkdir(parents=True)
        self.directory = directory
        self.programs = 0
        self._goal = goal
        self._words = words
        self._rng = np.random.default_rng(seed)
        self._tickets = dict.fromkeys(SAMPLERS, 0)
        self._config = RunConfig(TASK, seed=seed, samplers=SAMPLERS, budget=Budget(evaluations=2 * goal))
        self._open = ExitStack()

    def __enter__(self) -> SyntheticRun:
        write_config(self.directory, self._config)
        self._open.enter_context(locked(self.directory))
        self._journal = Journal(self.directory)
        self._open.callback(self._journal.close)
        initial = {"source": self._source("bins * 0"), "signature": [-9.0] * 3}
        self._journal.set_meta("initial", json.dumps(initial))
        self._journal.set_meta("initial scores", json.dumps([-9.0, [-9.0] * 3]))
        facts = {
            "task": f"{TASK}, made up",
            "sampler mutation": "made up",
            "sampler openai": f"made up {self._words}".rstrip(),
        }
        self._journal.set_meta("facts", json.dumps(facts))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def append(self, programs: int, each: Callable[[int], None] = lambda number: None) -> None:
        """Adds programs, four to a prompt; `each` is told how many there are after each prompt."""
        for _ in range(programs // PER_TICKET):
            self._append_ticket()
            each(self.programs)

    def conclude(self, reason: str) -> None:
        """Stores that the run has ended."""
        told = {"stop_reason": reason, "is_finished": True, "held_out": -3.3, "integrity": "verified"}
        self._journal.set_meta("conclusion", json.dumps(told))

    def _append_ticket(self) -> None:
        first = self.programs + 1
        sampler = SAMPLERS[int(self._rng.random() < 0.25)]
        number, self._tickets[sampler] = self._tickets[sampler], self._tickets[sampler] + 1
        parents = {int(parent) for parent in self._rng.integers(max(0, first - 400), first, 2)}
        known = [parent for parent in sorted(parents) if parent % 10 != 9] or [0]  # those that earned a score
        island = int(self._rng.integers(ISLANDS))
        ticket = Ticket(sampler, number, island, 0, tuple(known), 0.01, 400, 90)
        made = [self._candidate(first + place, place) for place in range(PER_TICKET)]
        self._journal.record_ticket(ticket, made)
        for candidate in made:
            if candidate.is_evaluable:
                self._journal.record_evaluation(candidate.id, self._evaluation(candidate), 0.02)
        self.programs += PER_TICKET
        self._journal.record_registration(sampler, number, self.programs * 0.01)

    def _candidate(self, number: int, place: int) -> StoredCandidate:
        terms = " + ".join(f"bins * {number % 97}.{term}" for term in range(1, 2 + number % 9))
        defect = f"expected a function, found a list{self._words}" if number % 50 == 49 else None
        return StoredCandidate(
            number, place, self._source(f"item - {terms} + {number}"), f"f{number}", defect, None
        )

    def _evaluation(self, candidate: StoredCandidate) -> Evaluation:
        if candidate.id % 10 == 9:
            return Evaluation.invalid("raised: ZeroDivisionError: division by zero")
        reached = -3.0 - 6.0 * float(np.exp(-3 * candidate.id / self._goal))
        score = reached - float(self._rng.exponential(0.6))
        tests = {f"instance {place}": score + place / 10 for place in range(3)}
        return Evaluation(score, tests, feedback=f"3 of 3 instances packed{self._words}", cpu_seconds=0.01)

    def _source(self, expression: str) -> str:
        return f"{_HEAD}    return {expression}{self._words and f'  # {self._words}'}\n"
