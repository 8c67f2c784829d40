"""What engines go through in `make bench-peers`: a run, a kill in the middle, a candidate that never ends."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from experiments.curve_model import write_folder
from experiments.peer_engines import ROOT, Engine, Order, Scores, environment
from experiments.process_tree import Watch, Watched, watch
from experiments.spending import Spent
from experiments.stub_endpoint import proposals_served, serving

QUARTERS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Terms:
    """What all engines get alike.

    Attributes:
        evaluations: Of the long run, and of the one that is killed.
        short: Evaluations of the run that tells what the start costs, and of the one with an endless loop.
        time_limit: Seconds that an evaluation may take.
        limit: Seconds that a whole run may take.
        seed: Of the language model.
    """

    evaluations: int
    short: int
    time_limit: float
    limit: float
    seed: int


@dataclass(frozen=True)
class Pace:
    """What the long run cost.

    Attributes:
        scored: Programs evaluated.
        proposals: Programs that the model wrote for it.
        start_seconds: Wall time of the short run, mostly start and end.
        per_second: Candidates a second, between the first one and the last.
        cpu_ms: Processor milliseconds per candidate of all processes, free of the start.
        cpu_ms_all: The same with the start.
        peak_memory: Bytes, all processes together.
        disk: Bytes of everything that the run wrote.
        curve: Best score after a quarter, a half, three quarters and all of the evaluations.
    """

    scored: int
    proposals: int
    start_seconds: float
    per_second: float
    cpu_ms: float
    cpu_ms_all: float
    peak_memory: int
    disk: int
    curve: tuple[float, ...]


@dataclass(frozen=True)
class Killed:
    """What a kill -9 of the driver in the middle cost.

    Attributes:
        scored_before: Programs evaluated when the driver was killed.
        kept: Those of them that a resumption finds.
        left_behind: Names of the processes that lived on ten seconds later.
        resumed: Whether the resumed run ended by itself, with success.
        scored_in_all: Programs evaluated in both lives; what exceeds the order was done twice.
        proposals: Programs that the model wrote in both lives.
    """

    scored_before: int
    kept: int
    left_behind: tuple[str, ...]
    resumed: bool
    scored_in_all: int
    proposals: int


@dataclass(frozen=True)
class Endless:
    """What one candidate that never returns cost.

    Attributes:
        finished: Whether the run ended by itself, with success.
        scored: Programs evaluated, this one included where the engine counts it.
        held_up: Seconds that the run took longer than one without such a candidate.
        cpu: Processor seconds that it cost more.
        left_behind: Names of the processes that lived on five seconds after the run.
    """

    finished: bool
    scored: int
    held_up: float
    cpu: float
    left_behind: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """All that was measured of an engine."""

    name: str
    version: str
    sandbox: str
    pace: Pace
    killed: Killed
    endless: Endless


class TrialFailed(Exception):
    """An engine did not get through a plain run, so there is nothing to compare."""


def stand(engine: Engine, terms: Terms, say: Callable[[str], None]) -> Standing:
    """Returns all that is measured of an engine.

    Raises:
        TrialFailed: A plain run did not end well.
    """
    say(f"{engine.name}: {terms.short} evaluations, then {terms.evaluations}")
    _plain(engine, terms, terms.short)  # what is built or compiled only once is no part of any run
    short = _plain(engine, terms, terms.short)
    long = _plain(engine, terms, terms.evaluations)
    say(f"{engine.name}: a kill in the middle")
    killed = _killed(engine, terms)
    say(f"{engine.name}: a candidate that never returns")
    endless = _endless(engine, terms, short.watched)
    cost = _pace(short, long, terms)
    return Standing(engine.name, engine.version(), engine.sandbox, cost, killed, endless)


def curve(scores: Scores, evaluations: int) -> tuple[float, ...]:
    """Returns the best score after each quarter of the evaluations."""
    known = [-math.inf if scored.score is None else scored.score for scored in scores]
    return tuple(max(known[: math.ceil(part * evaluations)], default=-math.inf) for part in QUARTERS)


def pace(scores: Scores) -> float:
    """Returns the candidates a second between the first one and the last; 0 where no time is between."""
    seconds = scores[-1].at - scores[0].at
    return (len(scores) - 1) / seconds if seconds > 0 else 0.0


@dataclass(frozen=True)
class _Done:
    watched: Watched
    scores: Scores
    proposals: int
    disk: int


@contextmanager
def _ordered(terms: Terms, evaluations: int, *options: str) -> Iterator[Order]:
    """Sets up a place with the task, and a language model of its own."""
    model = ["--curves", "--seed", str(terms.seed), *options]
    with tempfile.TemporaryDirectory() as folder, serving(*model) as endpoint:
        order = Order(Path(folder), endpoint, evaluations, terms.time_limit)
        write_folder(order.task, terms.time_limit)
        yield order


def _run(command: list[str], order: Order, how: Watch) -> Watched:
    variables = environment(Path(command[0]), order.endpoint)
    if command[0] == sys.executable:
        variables["PYTHONPATH"] = str(ROOT)
    return watch(command, order.place, variables, how)


def _plain(engine: Engine, terms: Terms, evaluations: int) -> _Done:
    with _ordered(terms, evaluations) as order:
        watched = _run(engine.command(order), order, Watch(terms.limit))
        done = _Done(
            watched, engine.scores(order.place), proposals_served(order.endpoint), _disk(order.place)
        )
        if watched.returncode != 0 or not done.scores:
            told = (order.place / "output.txt").read_text(errors="replace")[-2000:]
            raise TrialFailed(
                f"{engine.name}: expected a run of {evaluations} evaluations to end with status 0, "
                f"found status {watched.returncode} and {len(done.scores)} evaluations:\n{told}"
            )
        return done


def _pace(short: _Done, long: _Done, terms: Terms) -> Pace:
    spent = _spent(long) - _spent(short)
    return Pace(
        scored=len(long.scores),
        proposals=long.proposals,
        start_seconds=short.watched.wall,
        per_second=pace(long.scores),
        cpu_ms=spent.cpu_ms,
        cpu_ms_all=_spent(long).cpu_ms,
        peak_memory=long.watched.peak_memory,
        disk=long.disk,
        curve=curve(long.scores, terms.evaluations),
    )


def _spent(done: _Done) -> Spent:
    return Spent(len(done.scores), done.watched.wall, done.watched.cpu)


def _killed(engine: Engine, terms: Terms) -> Killed:
    with _ordered(terms, terms.evaluations) as order:
        half = terms.evaluations // 2
        how = Watch(terms.limit, linger=10.0, kill_when=lambda: len(engine.scores(order.place)) >= half)
        first = _run(engine.command(order), order, how)
        before, kept = len(engine.scores(order.place)), engine.kept(order.place)
        again = engine.resume_command(order)
        second = None if again is None else _run(again, order, Watch(terms.limit))
        return Killed(
            scored_before=before,
            kept=kept,
            left_behind=first.left_behind,
            resumed=second is not None and second.returncode == 0,
            scored_in_all=len(engine.scores(order.place)),
            proposals=proposals_served(order.endpoint),
        )


def _endless(engine: Engine, terms: Terms, without: Watched) -> Endless:
    with _ordered(terms, terms.short, "--endless", str(terms.short // 2)) as order:
        watched = _run(engine.command(order), order, Watch(terms.limit))
        return Endless(
            finished=watched.returncode == 0,
            scored=len(engine.scores(order.place)),
            held_up=watched.wall - without.wall,
            cpu=watched.cpu - without.cpu,
            left_behind=watched.left_behind,
        )


def _disk(place: Path) -> int:
    return sum(path.lstat().st_size for path in place.rglob("*") if path.is_file())
