"""Strategies compared: each with every seed under the same budget, and what can be said of their scores.

The interval of a mean is the percentile bootstrap over seeds (B. Efron and R. Tibshirani, "An introduction to
the bootstrap", 1993, chapter 13), with random numbers of a seed of its own, so that the same results give the
same interval. It knows no more than the seeds do: of normal scores it holds the true mean in 76 % of cases
with 3 seeds, 84 % with 5, 91 % with 10, 93 % with 20 (measured over 2,000 draws each).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from funsearch import launch, samplers
from funsearch.conclusion import Run
from funsearch.config import Budget, RunConfig, Strategy
from funsearch.exceptions import ConfigError, RunError
from funsearch.journal import Journal
from funsearch.run_directory import CONFIG_NAME, write_file
from funsearch.task import Task
from funsearch.task_loading import absolute_reference, load_task

FloatArray: TypeAlias = npt.NDArray[np.float64]

CONTEST_NAME = "contest.json"
RESULT_NAME = "result.json"
RESAMPLES = 10_000
CONFIDENCE = 0.95
FEW_SEEDS = 5
CURVE_POINTS = 200
COVERAGE = "With few seeds it is too narrow: of 5 it holds the true mean in 84 % of cases, of 20 in 93 %"
METHOD = f"95 % interval of the mean: percentile bootstrap over seeds, {RESAMPLES:,} resamples, seeded"


@dataclass(frozen=True)
class Contest:
    """What is compared.

    Attributes:
        config: The settings that all runs share; its seed and strategy are not used.
        strategies: Who competes.
        seeds: How many runs each strategy has: seeds 0, 1, ...
        directory: Where the runs are stored.
        surroundings: What a run stands in apart from its configuration: `address` of a Ray cluster.
    """

    config: RunConfig
    strategies: tuple[Strategy, ...]
    seeds: int
    directory: Path
    surroundings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.strategies or len(set(self.strategies)) < len(self.strategies):
            raise ConfigError(f"strategies {self.strategies}: expected one or more, each once")
        if self.seeds < 1:
            raise ConfigError(f"seeds={self.seeds}: expected 1 or more")
        for strategy in self.strategies:
            replace(self.config, strategy=strategy)  # tells of a strategy that does not exist

    def place(self, strategy: str, seed: int) -> Path:
        """Returns the directory of one run."""
        return self.directory / f"{strategy}-seed{seed}"


@dataclass(frozen=True)
class Result:
    """How one run ended.

    Attributes:
        strategy: Its strategy.
        seed: Its seed.
        initial: Training score of the program that it started from.
        training: Best training score.
        held_out: Score of that program on data that selection never saw; None where it has none.
        evaluations: Evaluations spent.
        seconds: Wall time spent.
        stop_reason: Why it ended.
    """

    strategy: str
    seed: int
    initial: float
    training: float
    held_out: float | None
    evaluations: int
    seconds: float
    stop_reason: str


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, and the interval in which it lies with 95 % confidence."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Standing:
    """What the runs of one strategy come to.

    Attributes:
        strategy: Its name.
        training: Final training score.
        held_out: Final held-out score of the runs that have one; None where none has.
        wins: Seeds on which it alone had the best training score.
        held_out_wins: Seeds on which it alone had the best held-out score.
        evaluations: Evaluations spent, in the mean.
    """

    strategy: str
    training: Interval
    held_out: Interval | None
    wins: int
    held_out_wins: int
    evaluations: float


@dataclass(frozen=True)
class Curve:
    """Best score so far against evaluations, over the seeds of one strategy.

    Attributes:
        evaluations: Numbers of evaluations, of shape (points,), as far as every seed went.
        mean: Mean of the best scores so far, of the same shape, as the following.
        low: Lower end of its interval.
        high: Upper end of its interval.
    """

    evaluations: npt.NDArray[np.int64]
    mean: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True)
class Comparison:
    """The results of a contest and what can be said of them."""

    contest: Contest
    task: Task
    results: Sequence[Result]
    standings: Sequence[Standing]
    curves: Mapping[str, Curve]

    @property
    def caution(self) -> str | None:
        """What to mind about the intervals; None where there are seeds enough."""
        seeds = self.contest.seeds
        if seeds >= FEW_SEEDS:
            return None
        return f"With {seeds} of at least {FEW_SEEDS} seeds the intervals mean little."


_RESULT = TypeAdapter(Result)
_CONFIG = TypeAdapter(RunConfig)


def shared_config(task: str, budget: Budget, settings: Mapping[str, Any]) -> RunConfig:
    """Returns the settings of every run of a contest, with the defaults that `evolve` has.

    Raises:
        TaskError: There is no such task.
        ConfigError: A setting makes no sense.
        SamplerError: There is no such sampler, or it cannot be built here.
    """
    loaded = load_task(task, settings.get("inputs", ()), settings.get("screen"))
    defaults = {
        "evaluators": os.cpu_count() or 1,
        "samplers": samplers.default_samplers(loaded.specification),
    }
    config = RunConfig(absolute_reference(task), budget=budget, **{**defaults, **settings})
    for name in config.samplers:
        samplers.check(name, loaded.specification)
    return config


def compare(contest: Contest, tell: Callable[[Result], None]) -> Comparison:
    """Runs whatever is not finished yet and compares; no winner goes to a tool bank.

    Args:
        contest: What is compared. Runs of it that are finished are not run again, others are resumed.
        tell: Told of every result as soon as it is there, the stored ones included.

    Raises:
        RunError: The directory holds another contest, or a run was interrupted.
    """
    _claim(contest)
    results = []
    with _shared_workers(contest):
        for seed, strategy in itertools.product(range(contest.seeds), contest.strategies):
            results.append(_result(contest, strategy, seed))
            tell(results[-1])
    task = load_task(contest.config.task, contest.config.inputs, contest.config.screen)
    curves: dict[str, Curve] = {s: _curve(contest, s, results) for s in contest.strategies}
    return Comparison(contest, task, results, standings(contest.strategies, results), curves)


def _claim(contest: Contest) -> None:
    """Stores the settings of a new contest; refuses a directory whose runs had others."""
    path = contest.directory / CONTEST_NAME
    if not path.exists():
        write_file(contest.directory, CONTEST_NAME, _CONFIG.dump_json(contest.config, indent=2))
    try:
        stored = _CONFIG.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RunError(f"{path}: cannot be used: {error}; choose another --directory") from error
    differing = [
        f"{each.name} was {getattr(stored, each.name)!r}, is now {getattr(contest.config, each.name)!r}"
        for each in fields(RunConfig)
        # How many processes work decides nothing but the time it takes.
        if each.name != "evaluators" and getattr(stored, each.name) != getattr(contest.config, each.name)
    ]
    if differing:
        raise RunError(
            f"{contest.directory}: holds a comparison under other settings ({'; '.join(differing)}); "
            "choose another --directory"
        )


@contextmanager
def _shared_workers(contest: Contest) -> Iterator[None]:
    """Keeps Ray up from run to run, where any is left to do: to start it takes as long as a short run."""
    runs = itertools.product(contest.strategies, range(contest.seeds))
    is_done = all((contest.place(*run) / RESULT_NAME).exists() for run in runs)
    if is_done or "make_workers" in contest.surroundings:
        yield
        return
    from funsearch.parallel import connected  # late: Ray takes a second to import

    with connected(contest.config, contest.surroundings.get("address")):
        yield


def _result(contest: Contest, strategy: Strategy, seed: int) -> Result:
    place = contest.place(strategy, seed)
    path = place / RESULT_NAME
    if path.exists():
        try:
            return _RESULT.validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise RunError(
                f"{path}: cannot be read: {error}; without it the run is concluded anew"
            ) from error
    run = _finished_run(contest, place, strategy, seed)
    result = Result(
        strategy=strategy,
        seed=seed,
        initial=run.initial_score,
        training=run.best.score,
        held_out=run.best.held_out,
        evaluations=run.progress.evaluations,
        seconds=round(run.progress.elapsed_seconds, 1),
        stop_reason=run.stop_reason,
    )
    write_file(place, RESULT_NAME, _RESULT.dump_json(result, indent=2))
    return result


def _finished_run(contest: Contest, place: Path, strategy: Strategy, seed: int) -> Run:
    """Starts or resumes one run; raises `RunError` where it was interrupted."""
    if (place / CONFIG_NAME).exists():
        run = launch.resume(place, bank=None, **contest.surroundings)
    else:
        own = {"task", "seed", "strategy", "budget"}
        settings = {each.name: getattr(contest.config, each.name) for each in fields(RunConfig)}
        settings = {name: value for name, value in settings.items() if name not in own}
        run = launch.evolve(
            contest.config.task,
            budget=contest.config.budget,
            seed=seed,
            directory=place,
            strategy=strategy,
            bank=None,
            **settings,
            **contest.surroundings,
        )
    if not run.is_finished:
        raise RunError(f"{place}: interrupted; nothing is lost, the same command goes on with the comparison")
    return run


def standings(strategies: Iterable[str], results: Sequence[Result]) -> list[Standing]:
    """Returns what the runs of each strategy come to, in the order of `strategies`."""
    training = _winners({(r.seed, r.strategy): r.training for r in results})
    held_out = _winners({(r.seed, r.strategy): r.held_out for r in results if r.held_out is not None})
    found = []
    for strategy in strategies:
        own = [result for result in results if result.strategy == strategy]
        scores = [result.held_out for result in own if result.held_out is not None]
        found.append(
            Standing(
                strategy=strategy,
                training=interval([result.training for result in own]),
                held_out=interval(scores) if scores else None,
                wins=training.count(strategy),
                held_out_wins=held_out.count(strategy),
                evaluations=float(np.mean([result.evaluations for result in own])),
            )
        )
    return found


def _winners(scores: Mapping[tuple[int, str], float]) -> list[str]:
    """Returns the strategy that alone has the best score of a seed, for each seed that has one."""
    winners = []
    for seed in {seed for seed, _ in scores}:
        of_seed = {strategy: score for (each, strategy), score in scores.items() if each == seed}
        best = [strategy for strategy, score in of_seed.items() if score == max(of_seed.values())]
        winners += best if len(best) == 1 else []
    return winners


def interval(values: Sequence[float]) -> Interval:
    """Returns the mean of values, one per seed, with its interval."""
    mean, low, high = bootstrap(np.array(values, dtype=np.float64)[:, np.newaxis])
    return Interval(float(mean[0]), float(low[0]), float(high[0]))


def bootstrap(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Returns mean, low and high end of the 95 % interval over the first axis of `values` (seeds, points)."""
    seeds = len(values)
    rng = np.random.default_rng(0)
    shares = rng.multinomial(seeds, np.full(seeds, 1 / seeds), size=RESAMPLES) / seeds
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(shares @ values, [tail, 100 - tail], axis=0)
    mean = values.mean(axis=0)
    # Rounding of sums in another order must not put the mean of equal values outside their interval.
    return mean, np.minimum(low, mean), np.maximum(high, mean)


def _curve(contest: Contest, strategy: str, results: Sequence[Result]) -> Curve:
    own = [result for result in results if result.strategy == strategy]
    most = min(result.evaluations for result in own)
    points = np.unique(np.linspace(0, most, CURVE_POINTS).astype(np.int64))
    rows = [best_so_far(contest.place(strategy, result.seed), result.initial, points) for result in own]
    return Curve(points, *bootstrap(np.stack(rows)))


def best_so_far(place: Path, initial: float, points: npt.NDArray[np.int64]) -> FloatArray:
    """Returns the best score of a run after so many evaluations, of the shape of `points`.

    Evaluations are counted in the order in which they entered the archive.
    """
    journal = Journal(place)
    try:
        steps, bests = [0], [initial]
        for count, score in enumerate(journal.registered_scores(), start=1):
            if score is not None and score > bests[-1]:
                steps.append(count)
                bests.append(score)
    finally:
        journal.close()
    return np.array(bests)[np.searchsorted(steps, points, side="right") - 1]
