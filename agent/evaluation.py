"""How many requests of a set are fulfilled, with the tool bank and without it, at the same budget.

Whether reuse pays is seldom measured fairly (follow-ups to TroVE and LEGO-Prover found hardly any): here both
ways have the same model, the same tokens and the same time, and each request starts from an empty record, so
that the bank is all that differs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from agent.agent_file import open_record
from agent.means import Means
from agent.request import Json, Request, State
from agent.trials import Trial
from agent.worker import Worker

Open: TypeAlias = Callable[[Path], AbstractContextManager[Worker]]  # in a directory for its record
WITH, WITHOUT = "with the bank", "without"


@dataclass(frozen=True)
class Result:
    """What came of one trial.

    Attributes:
        trial: Its name.
        way: "with the bank" or "without".
        state: How the request ended; WAITING_FEEDBACK where it asked, and nobody was there.
        is_right: Whether it succeeded and its answer is the expected one.
        value: The answer.
        tokens: Tokens read and written.
        seconds: Wall time.
        tools: Names of the tools that were used.
        created: Names of the tools that were made for it.
        why: The outcome in words.
    """

    trial: str
    way: str
    state: State
    is_right: bool
    value: Json
    tokens: int
    seconds: float
    tools: tuple[str, ...]
    created: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Summary:
    """The results of one way.

    Attributes:
        way: "with the bank" or "without".
        right: How many trials came out right.
        claimed: How many the agent said it had fulfilled.
        trials: How many there were.
        tokens: Of one trial, in the mean.
        seconds: Of one trial, in the mean.
        reused: Share of the trials in which a tool of the bank was used.
    """

    way: str
    right: int
    claimed: int
    trials: int
    tokens: float
    seconds: float
    reused: float


def both_ways(means: Means) -> dict[str, Open]:
    """Returns how to work with the tools of a bank and without any; none are made in either."""
    allowance = replace(means.allowance, creation=None)
    return {
        WITH: _opening(replace(means, allowance=allowance)),
        WITHOUT: _opening(replace(means, bank=None, allowance=allowance)),
    }


def _opening(means: Means) -> Open:
    @contextmanager
    def open_here(directory: Path) -> Iterator[Worker]:
        with closing(open_record(directory)) as database:
            yield Worker(database, replace(means, directory=directory))

    return open_here


def evaluate(trials: Sequence[Trial], ways: Mapping[str, Open]) -> Iterator[Result]:
    """Yields the results of every trial, each way in turn, so that both meet the same load of the machine.

    Raises:
        language_models.ModelError: The model failed.
        sandbox.SandboxError: The sandbox failed.
    """
    for trial in trials:
        for way, open_way in ways.items():
            with tempfile.TemporaryDirectory() as folder, open_way(Path(folder) / "agent") as worker:
                started = time.monotonic()
                request = worker.run(_filed(trial, worker, Path(folder)).id)
                yield _result(trial, way, request, time.monotonic() - started)


def summaries(results: Sequence[Result]) -> list[Summary]:
    """Returns what the results come to, a summary for each way."""
    return [
        _summary(way, [result for result in results if result.way == way])
        for way in dict.fromkeys(result.way for result in results)
    ]


def _filed(trial: Trial, worker: Worker, folder: Path) -> Request:
    wish: dict[str, Json] = {
        "objective": trial.objective,
        "requirements": list(trial.requirements),
        "constraints": list(trial.constraints),
    }
    if trial.document:
        path = folder / "document.txt"
        path.write_text(trial.document, encoding="utf-8")
        wish["documents"] = [str(path)]
    return worker.user.create(wish)


def _result(trial: Trial, way: str, request: Request, seconds: float) -> Result:
    outcome = request.outcome
    has_succeeded = request.state is State.SUCCEEDED and outcome is not None
    asked = "" if request.question is None else f"asked: {request.question.text}"
    return Result(
        trial=trial.name,
        way=way,
        state=request.state,
        is_right=bool(has_succeeded and outcome and trial.is_right(outcome.value)),
        value=outcome.value if outcome else None,
        tokens=outcome.tokens if outcome else 0,
        seconds=seconds,
        tools=outcome.tools if outcome else (),
        created=outcome.created if outcome else (),
        why=outcome.summary if outcome else asked,
    )


def _summary(way: str, results: Sequence[Result]) -> Summary:
    count = len(results)
    return Summary(
        way=way,
        right=sum(result.is_right for result in results),
        claimed=sum(result.state is State.SUCCEEDED for result in results),
        trials=count,
        tokens=sum(result.tokens for result in results) / count,
        seconds=sum(result.seconds for result in results) / count,
        reused=sum(bool(result.tools) for result in results) / count,
    )
