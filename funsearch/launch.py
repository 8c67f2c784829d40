"""Starts and resumes runs: wires task, sandbox, archive, workers and bank together; owns no algorithm."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from funsearch import run_directory, samplers
from funsearch.archive import Archive
from funsearch.cluster import ScoredProgram
from funsearch.config import Budget, RunConfig
from funsearch.evolution import Evolution
from funsearch.journal import Journal, JournalError
from funsearch.progress import Observer, Progress, SilentObserver
from funsearch.promotion import Promotion, Winner, promote, score_held_out
from funsearch.run_directory import RunError
from funsearch.task import Task, load_task
from funsearch.workers import Workers
from sandbox import Sandbox, open_sandbox

DEFAULT_BANK = Path("runs/bank")
INITIAL_CANDIDATE = 0
INTERRUPTED = "interrupted"


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


WorkerFactory = Callable[[Task, RunConfig, Sandbox], Workers]


@dataclass(frozen=True)
class _Surroundings:
    """What a run stands in, apart from its configuration."""

    observer: Observer
    bank: Path
    make_workers: WorkerFactory


def evolve(
    task: str,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    directory: str | Path | None = None,
    observer: Observer | None = None,
    **settings: Any,  # noqa: ANN401 - fields of RunConfig; dataclasses.replace refuses any other
) -> Run:
    """Starts a new run; see `funsearch.evolve`."""
    surroundings = _surroundings(observer, settings)
    config = RunConfig(task, seed=seed, evaluators=os.cpu_count() or 1, samplers=samplers.default_samplers())
    config = replace(config, budget=budget or config.budget, **settings)
    loaded = load_task(task, config.inputs)
    for name in config.samplers:
        samplers.check(name)
    place = Path(directory) if directory is not None else run_directory.free_directory(task, seed)
    run_directory.create(place, config)
    return _go_on(place, loaded, config, surroundings)


def resume(
    directory: str | Path,
    *,
    budget: Budget | None = None,
    observer: Observer | None = None,
    **places: Any,  # noqa: ANN401 - `bank` and `address`
) -> Run:
    """Continues a run; see `funsearch.resume`."""
    surroundings = _surroundings(observer, places)
    if places:
        raise TypeError(f"resume: expected bank or address, found {', '.join(places)}")
    place = Path(directory)
    config = run_directory.read_config(place)
    if budget is not None:
        config = replace(config, budget=budget)
        run_directory.write_config(place, config)
    for name in config.samplers:
        samplers.check(name)
    return _go_on(place, load_task(config.task, config.inputs), config, surroundings)


def _surroundings(observer: Observer | None, settings: dict[str, Any]) -> _Surroundings:
    """Takes what is no part of the configuration out of `settings`."""
    address = settings.pop("address", None)
    bank = Path(settings.pop("bank", DEFAULT_BANK))
    make_workers = settings.pop("make_workers", None) or _ray_workers(address)
    return _Surroundings(observer or SilentObserver(), bank, make_workers)


def _ray_workers(address: str | None) -> WorkerFactory:
    def make(task: Task, config: RunConfig, box: Sandbox) -> Workers:
        from funsearch.parallel import RayWorkers, WorkerPlan  # late: Ray takes a second to import

        backend: Any = box.backend  # what "auto" has found, so that every worker takes the same
        plan = WorkerPlan(config.task, config.inputs, config.samplers, backend, config.evaluators)
        return RayWorkers(plan, address)

    return make


@dataclass(frozen=True)
class _Stage:
    """A run with everything it needs at hand."""

    place: Path
    task: Task
    config: RunConfig
    box: Sandbox
    bank: Path
    initial: ScoredProgram
    facts: dict[str, str]


def _go_on(place: Path, task: Task, config: RunConfig, around: _Surroundings) -> Run:
    with run_directory.locked(place), _open_journal(place) as journal, open_sandbox(config.sandbox) as box:
        initial = _initial_program(task, journal, box)
        workers = around.make_workers(task, config, box)
        try:
            facts = active_facts(task, config, workers.descriptions)
            around.observer.on_start(task, facts)
            evolution = _evolution(task, config, initial, journal, workers)
            with _stopping_on_signals(evolution):
                evolution.run(config.budget, around.observer)
        finally:
            workers.close()
        facts |= {f"sampler {name} switched off": why for name, why in evolution.switched_off.items()}
        return _result(_Stage(place, task, config, box, around.bank, initial, facts), evolution)


def _evolution(
    task: Task, config: RunConfig, initial: ScoredProgram, journal: Journal, workers: Workers
) -> Evolution:
    archive = Archive(initial, config.archive, config.seed)
    plans = samplers.plans(config)
    return Evolution(task.specification, archive, journal, plans, workers, config.seed)


def _result(stage: _Stage, evolution: Evolution) -> Run:
    """Stores the best program and, where the run is finished, scores it for good and proposes it."""
    progress = evolution.progress
    stop_reason = evolution.stop_reason or INTERRUPTED
    function = stage.task.specification.function
    source = stage.task.specification.source_with(replace(function, source=progress.best_source))
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


def _provenance(stage: _Stage, progress: Progress) -> dict[str, Any]:
    return {
        "run": str(stage.place.resolve()),
        "task": stage.config.task,
        "seed": stage.config.seed,
        "sampler": progress.best_sampler,
        "evaluations": progress.evaluations,
        "seconds": round(progress.elapsed_seconds, 1),
    }


def _initial_program(task: Task, journal: Journal, box: Sandbox) -> ScoredProgram:
    """Returns the program that the run starts from, scored.

    Raises:
        RunError: It is not valid, or scores otherwise than when the run began.
    """
    evaluation = task.training(box).evaluate(task.specification.program.text)
    if evaluation.score is None:
        raise RunError(f"task {task.name!r}: its initial program is not valid: {evaluation.feedback}")
    scored = json.dumps({"source": task.specification.function.source, "signature": evaluation.signature})
    before = journal.meta("initial")
    if before is not None and before != scored:
        raise RunError(
            f"{journal.path.parent}: the task {task.name!r} or its scoring has changed since this run began, "
            "so its scores cannot be compared; start a new run in another --directory"
        )
    journal.set_meta("initial", scored)
    source = task.specification.function.source
    return ScoredProgram(INITIAL_CANDIDATE, source, evaluation.score, evaluation.signature)


def active_facts(task: Task, config: RunConfig, descriptions: Mapping[str, str]) -> dict[str, str]:
    """Returns what is really on, in words, for the run's first lines and its report."""
    archive = config.archive
    return {
        "task": f"{config.task}, training on {task.training_data}",
        "held out": task.held_out_data or "nothing: this task has no data that selection does not see",
        **{f"sampler {name}": descriptions[name] for name in config.samplers},
        "sandbox": descriptions.get("sandbox", "none of its own"),
        "evaluators": f"{config.evaluators}, on {os.cpu_count()} cores; a model uses 1 thread",
        "islands": f"{archive.islands}, weaker half reset every {archive.reset_evaluations} valid programs",
        "diversity": "islands, clusters by signature, duplicates found by fingerprint; no novelty filter",
        "seed": str(config.seed),
    }


@contextmanager
def _stopping_on_signals(evolution: Evolution) -> Iterator[None]:
    """Lets the first Ctrl-C (or SIGTERM) end the run cleanly; a second one interrupts as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        evolution.stop(INTERRUPTED)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _open_journal(place: Path) -> Iterator[Journal]:
    try:
        journal = Journal(place)
    except JournalError as error:
        raise RunError(str(error)) from error
    try:
        yield journal
    finally:
        journal.close()
