"""Starts and resumes runs: wires task, sandbox, archive, workers and bank together; owns no algorithm."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from evaluators import Evaluation
from funsearch import run_directory, samplers
from funsearch.archive import Archive
from funsearch.baselines import BestOfN, HillClimb
from funsearch.cluster import ScoredProgram
from funsearch.conclusion import CONCLUSION, FACTS, INTERRUPTED, Run, Stage, as_stored, conclude
from funsearch.config import Budget, RunConfig
from funsearch.diversity import facts_at_end, facts_at_start
from funsearch.evolution import Evolution
from funsearch.exceptions import RunError, WorkersLost
from funsearch.journal import Journal
from funsearch.novelty import NoveltyFilter
from funsearch.places import DEFAULT_BANK
from funsearch.population import Population
from funsearch.progress import Observer, SilentObserver
from funsearch.rescoring import copy_without_scores
from funsearch.task import Task
from funsearch.task_loading import absolute_reference, load_task, open_sandbox_for
from funsearch.workers import Workers
from sandbox import Sandbox, SandboxError

INITIAL_CANDIDATE = 0


WorkerFactory = Callable[[Task, RunConfig, Sandbox], Workers]


@dataclass(frozen=True)
class _Surroundings:
    """What a run stands in, apart from its configuration."""

    observer: Observer
    bank: Path | None
    make_workers: WorkerFactory


def evolve(
    task: str,
    *,
    budget: Budget | None = None,
    seed: int = 0,
    directory: str | Path | None = None,
    observer: Observer | None = None,
    **settings: Any,  # noqa: ANN401 - fields of RunConfig, which refuses any other
) -> Run:
    """Starts a new run; see `funsearch.evolve`."""
    surroundings = _surroundings(observer, settings)
    settings.setdefault("evaluators", os.cpu_count() or 1)
    loaded = load_task(task, settings.get("inputs", ()), settings.get("screen"))
    if "samplers" not in settings:
        settings["samplers"] = samplers.default_samplers(loaded.specification)
    if budget is not None:
        settings["budget"] = budget
    config = RunConfig(absolute_reference(task), seed=seed, **settings)
    for name in config.samplers:
        samplers.check(name, loaded.specification)
    place = Path(directory) if directory is not None else run_directory.free_directory(task, seed)
    run_directory.claim(place)
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
    config = replace(config, budget=budget or config.budget)
    for name in config.samplers:
        samplers.check(name)
    with run_directory.locked(place):
        pass  # told now rather than after everything has been started
    return _go_on(place, load_task(config.task, config.inputs, config.screen), config, surroundings)


def rescore(
    directory: str | Path,
    into: str | Path,
    *,
    observer: Observer | None = None,
    **places: Any,  # noqa: ANN401 - `bank` and `address`
) -> Run:
    """Scores a run's programs anew; see `funsearch.rescore`."""
    surroundings = _surroundings(observer, places)
    if places:
        raise TypeError(f"rescore: expected bank or address, found {', '.join(places)}")
    config = run_directory.read_config(Path(directory))
    task = load_task(config.task, config.inputs, config.screen)
    place = Path(into)
    run_directory.claim(place)
    evaluations = copy_without_scores(Path(directory), place)
    config = replace(config, budget=Budget(evaluations=evaluations))
    run_directory.write_config(place, config)  # now, so that a rescoring that is cut short can be resumed
    return _go_on(place, task, config, surroundings)


def _surroundings(observer: Observer | None, settings: dict[str, Any]) -> _Surroundings:
    """Takes what is no part of the configuration out of `settings`."""
    address = settings.pop("address", None)
    bank = settings.pop("bank", DEFAULT_BANK)
    make_workers = settings.pop("make_workers", None) or _ray_workers(address)
    return _Surroundings(observer or SilentObserver(), None if bank is None else Path(bank), make_workers)


def _ray_workers(address: str | None) -> WorkerFactory:
    def make(task: Task, config: RunConfig, box: Sandbox) -> Workers:
        from funsearch.parallel import RayWorkers  # late: Ray takes a second to import

        backend: Any = box.backend  # what "auto" has found, so that every worker takes the same
        return RayWorkers(replace(config, sandbox=backend), address)

    return make


def _go_on(place: Path, task: Task, config: RunConfig, around: _Surroundings) -> Run:
    """Makes everything ready and runs; only a run whose parts are all there is written down as one."""
    with ExitStack() as stack:
        box = stack.enter_context(open_sandbox_for(task, config.sandbox))
        initial = _initial_program(task, box)
        workers = around.make_workers(task, config, box)
        stack.callback(workers.close)
        stack.enter_context(run_directory.locked(place))
        journal = Journal(place)
        stack.callback(journal.close)
        initial = _as_before(task, initial, journal)
        run_directory.write_config(place, config)
        facts = active_facts(task, config, workers.descriptions)
        journal.set_meta(FACTS, json.dumps(facts))
        journal.set_meta(CONCLUSION, "null")  # that of a run that is resumed no longer counts
        around.observer.on_start(task, facts)
        evolution = _evolution(task, config, initial, journal, workers)
        stack.enter_context(_saying_how_to_go_on(place))
        with _stopping_on_signals(evolution):
            evolution.run(config.budget, around.observer, config.prices, _novelty(config))
        facts |= facts_at_end(config, evolution.progress)
        facts |= {f"sampler {name} switched off": why for name, why in evolution.switched_off.items()}
        run = conclude(Stage(place, task, config, box, around.bank, initial, facts), evolution)
        journal.set_meta(CONCLUSION, json.dumps(as_stored(run)))
        return run


@contextmanager
def _saying_how_to_go_on(place: Path) -> Iterator[None]:
    """Tells of machinery that fails in mid-run by one exception, which names the way to resume."""
    try:
        yield
    except (WorkersLost, SandboxError) as error:
        raise WorkersLost(
            f"{error}. Whatever was scored is kept; once that is mended, `funsearch resume {place}` goes on"
        ) from error


def _evolution(
    task: Task, config: RunConfig, initial: ScoredProgram, journal: Journal, workers: Workers
) -> Evolution:
    plans = samplers.plans(config)
    return Evolution(task.specification, _population(config, initial), journal, plans, workers, config.seed)


def _novelty(config: RunConfig) -> NoveltyFilter | None:
    return None if config.novelty is None else NoveltyFilter(config.novelty)


def _population(config: RunConfig, initial: ScoredProgram) -> Population:
    match config.strategy:
        case "best-of-n":
            return BestOfN(initial)
        case "hill-climb":
            return HillClimb(initial)
        case _:
            return Archive(initial, config.archive, config.seed)


def _initial_program(task: Task, box: Sandbox) -> ScoredProgram:
    """Returns the program that the run starts from, scored; raises `RunError` if it is not valid."""
    evaluation = task.selection(box).evaluate(task.specification.program.text)
    if evaluation.score is None:
        why = evaluation.feedback + _hint(task, evaluation)
        raise RunError(f"task {task.name!r}: its initial program is not valid: {why}")
    source = task.specification.initial.source
    return ScoredProgram.of(INITIAL_CANDIDATE, source, evaluation.score, evaluation)


def _hint(task: Task, evaluation: Evaluation) -> str:
    """Returns how to bring a package that the program does not find into the sandbox."""
    if "No module named" not in evaluation.feedback:
        return ""
    here = ", ".join(task.packages) or "no package"
    return f"; the sandbox has {here}: name what it needs under `# /// script`, or in Task.packages"


def _as_before(task: Task, initial: ScoredProgram, journal: Journal) -> ScoredProgram:
    """Returns the initial program with the scores of the run's beginning.

    Raises:
        RunError: It scores otherwise now; or, where scores differ from time to time, another task scores it.
    """
    marks = {"signature": initial.signature} if task.identity is None else {"identity": task.identity}
    scored = json.dumps({"source": initial.source, **marks})
    before = journal.meta("initial")
    if before is not None and before != scored:
        raise RunError(
            f"{journal.path.parent}: the task {task.name!r} or its scoring has changed since this run began, "
            "so its scores cannot be compared; start a new run in another --directory"
        )
    if before is None:
        journal.set_meta("initial", scored)
        journal.set_meta("initial scores", json.dumps([initial.score, initial.signature]))
    score, signature = json.loads(
        journal.meta("initial scores") or json.dumps([initial.score, initial.signature])
    )
    return replace(initial, score=score, signature=tuple(signature))


def active_facts(task: Task, config: RunConfig, descriptions: Mapping[str, str]) -> dict[str, str]:
    """Returns what is really on, in words, for the run's first lines and its report."""
    return {
        "task": f"{config.task}, training on {task.training_data}",
        "held out": task.held_out_data or "nothing: this task has no data that selection does not see",
        **{f"sampler {name}": descriptions[name] for name in config.samplers},
        **samplers.left_out(task.specification, config.samplers),
        "traces": samplers.traces_in_words(),
        "sandbox": descriptions.get("sandbox", "none of its own"),
        "packages": ", ".join(task.packages) or "none: the standard library alone",
        "evaluators": f"{config.evaluators}, on {os.cpu_count()} cores; a model uses 1 thread",
        "cascade": _cascade_in_words(task),
        "evolves": task.specification.in_words,
        "strategy": _strategy_in_words(config),
        **facts_at_start(config),
        "seed": str(config.seed),
    }


def _cascade_in_words(task: Task) -> str:
    if task.own_cascade:
        return task.own_cascade
    if task.screening is None:
        return "none: every program is scored on all training data"
    return f"{task.screening.data} first; all for those that score {task.screening.at_least:g} or more there"


def _strategy_in_words(config: RunConfig) -> str:
    islands, reset = config.archive.islands, config.archive.reset_evaluations
    return {
        "evolution": f"evolution on {islands} islands, weaker half reset every {reset} valid programs",
        "hill-climb": "hill climbing: every prompt shows the best program so far",
        "best-of-n": "best of n: every prompt shows the initial program",
    }[config.strategy]


@contextmanager
def _stopping_on_signals(evolution: Evolution) -> Iterator[None]:
    """Lets the first Ctrl-C (or SIGTERM) end the run cleanly; a second one interrupts as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if evolution.stop_reason == INTERRUPTED:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # one interruption is enough; let it clean up
            raise KeyboardInterrupt
        evolution.stop(INTERRUPTED)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
