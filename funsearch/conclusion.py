"""The end of a run: its best program stored, scored on held-out data and proposed to the tool bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funsearch import run_directory
from funsearch.cluster import ScoredProgram
from funsearch.config import RunConfig
from funsearch.diversity import inactive_devices
from funsearch.evolution import Evolution
from funsearch.progress import Progress
from funsearch.promotion import Promotion, Winner, promote, score_held_out
from funsearch.task import Task
from sandbox import Sandbox

INTERRUPTED = "interrupted"
# What the journal calls the facts of a run, known from its beginning, and its end.
FACTS, CONCLUSION = "facts", "conclusion"


@dataclass(frozen=True)
class Run:
    """The result of a run.

    Attributes:
        directory: Where it is stored.
        task: What was evolved.
        config: The settings.
        best: The best program.
        initial_score: Training score of the program it started from.
        promoted: What became of the winner in the tool bank; None where nothing was proposed.
        stop_reason: Why it ended.
        progress: Counts at the end.
        facts: What was really on.
    """

    directory: Path
    task: Task
    config: RunConfig
    best: Winner
    initial_score: float
    promoted: Promotion | None
    stop_reason: str
    progress: Progress
    facts: Mapping[str, str]

    @property
    def is_finished(self) -> bool:
        """Whether the run used its budget, rather than being interrupted."""
        return self.stop_reason != INTERRUPTED


@dataclass(frozen=True)
class Stage:
    """A run with everything it needs at hand; without a bank its winner is proposed to none."""

    place: Path
    task: Task
    config: RunConfig
    box: Sandbox
    bank: Path | None
    initial: ScoredProgram
    facts: dict[str, str]


def conclude(stage: Stage, evolution: Evolution) -> Run:
    """Stores the best program and, where the run is finished, scores it for good and proposes it."""
    progress = evolution.progress
    stop_reason = evolution.stop_reason or INTERRUPTED
    source = stage.task.specification.program_with(progress.best_source)
    run_directory.write_best(stage.place, source)
    winner = Winner(
        source=source,
        function=progress.best_source,
        score=progress.best_score,
        sampler=progress.best_sampler,
        sandbox=stage.box.backend,
        provenance=_provenance(stage, progress),
    )
    promoted = None
    if stop_reason != INTERRUPTED:
        winner = score_held_out(stage.task, winner, stage.box)
        if stage.bank is not None:
            promoted = promote(stage.task, winner, stage.initial.score, stage.bank)
    return Run(
        directory=stage.place,
        task=stage.task,
        config=stage.config,
        best=winner,
        initial_score=stage.initial.score,
        promoted=promoted,
        stop_reason=stop_reason,
        progress=progress,
        facts=stage.facts,
    )


def as_stored(run: Run) -> dict[str, Any]:
    """Returns what is known of a run only at its end, as JSON for its journal."""
    return {
        "stop_reason": run.stop_reason,
        "is_finished": run.is_finished,
        "held_out": run.best.held_out,
        "integrity": run.best.integrity,
        "promoted": vars(run.promoted) if run.promoted else None,
        "facts": dict(run.facts),
        "inactive": list(inactive_devices(run.config, run.progress)),
    }


def _provenance(stage: Stage, progress: Progress) -> dict[str, Any]:
    return {
        "run": str(stage.place.resolve()),
        "task": stage.config.task,
        "seed": stage.config.seed,
        "sampler": progress.best_sampler,
        "evaluations": progress.evaluations,
        "seconds": round(progress.elapsed_seconds, 1),
    }
