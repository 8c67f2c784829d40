"""Exchanges with language models by HTTP: the newest in short, one as a whole, and sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel

from language_models.redaction import redacted_value
from language_models.trace_reader import Trace, figures
from language_models.trace_window import TraceWindow, Window
from language_models.traces import Outcome
from programs.json_form import json_form
from service.plots.trace_figures import tokens_by_purpose
from service.web.problems import Missing
from service.web.route import Route
from service.web.served import Served

MOST_LINES = 200
LONGEST_TEXT = 200_000  # characters of one text of an exchange that is sent

Offset = Annotated[int, Ge(0), Le(10_000_000)]
Limit = Annotated[int, Ge(1), Le(MOST_LINES)]
Purpose = Annotated[str, MaxLen(200)]


class OutcomeLine(BaseModel):
    """What became of a reply: whether it was of use, what it was worth, and why."""

    choice: int
    accepted: bool | None
    score: float | str | None
    note: str


class TraceLine(BaseModel):
    """An exchange in a list.

    Attributes:
        id: Names it.
        at: When it ended, UTC.
        purpose: What it was for.
        backend: Who replied.
        usage: Tokens by name.
        seconds: How long it took.
        error: What went wrong; "" where nothing did.
        replies: How many there are.
        reply: How the first one begins.
        outcomes: What became of them.
    """

    id: str
    at: str
    purpose: str
    backend: str
    usage: dict[str, int]
    seconds: float
    error: str
    replies: int
    reply: str
    outcomes: list[OutcomeLine]


class TracePage(BaseModel):
    """Some exchanges, the newest first.

    Attributes:
        kept: Whether exchanges are kept at all.
        exchanges: Those of this page.
        total: How many there are for the wanted purpose.
        offset: Number of the first one, from 0.
        purposes: What exchanges were for, each with their number.
        is_whole: Whether these are all; else only the newest were read.
    """

    kept: bool
    exchanges: list[TraceLine]
    total: int
    offset: int
    purposes: dict[str, int]
    is_whole: bool


class WholeTrace(BaseModel):
    """One exchange: what was asked, the replies, and what became of them; long texts are cut."""

    id: str
    at: str
    purpose: str
    backend: str
    request: dict[str, Any]
    choices: list[dict[str, Any]]
    usage: dict[str, int]
    seconds: float
    error: str
    outcomes: list[OutcomeLine]


class TraceSums(BaseModel):
    """Sums over the exchanges with one backend for one purpose."""

    purpose: str
    backend: str
    exchanges: int
    failed: int
    replies: int
    accepted: int
    rejected: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float


class TraceFigures(BaseModel):
    """Sums by purpose and backend, the same as a plot, and whether all exchanges are in them."""

    sums: list[TraceSums]
    plot: dict[str, Any]
    is_whole: bool


class TracesApi:
    """Answers what was said to and by models."""

    def __init__(self, served: Served) -> None:
        self._window = None if served.traces is None else TraceWindow(served.traces)

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        return (
            Route("GET", "/api/traces", self.traces, TracePage),
            Route("GET", "/api/traces/{name}", self.trace, WholeTrace),
            Route("GET", "/api/trace-figures", self.figures, TraceFigures),
        )

    def traces(self, purpose: Purpose | None = None, offset: Offset = 0, limit: Limit = 50) -> TracePage:
        """Lists exchanges, the newest first."""
        window = self._look()
        purposes: dict[str, int] = {}
        for trace in window.traces:
            purposes[trace.purpose] = purposes.get(trace.purpose, 0) + 1
        wanted = [trace for trace in window.traces if purpose in (None, trace.purpose)]
        return TracePage(
            kept=self._window is not None,
            exchanges=[_line(trace) for trace in wanted[offset : offset + limit]],
            total=len(wanted),
            offset=offset,
            purposes=dict(sorted(purposes.items())),
            is_whole=window.is_whole,
        )

    def trace(self, name: str) -> WholeTrace:
        """Gives one exchange with all that was said."""
        found = None if self._window is None else self._window.find(name)
        if found is None:
            raise Missing(f"exchange {name[:80]!r}: expected the id of one that is kept, found none")
        plain = redacted_value(json_form(asdict(found), strict=True))
        return WholeTrace(**{**_cut(plain), "usage": found.usage, "outcomes": _outcomes(found.outcomes)})

    def figures(self) -> TraceFigures:
        """Sums up the exchanges by purpose and backend."""
        window = self._look()
        sums = figures(window.traces)
        rows = sorted(sums.items())
        return TraceFigures(
            sums=[TraceSums(purpose=p, backend=b, **asdict(one)) for (p, b), one in rows],
            plot=tokens_by_purpose(sums),
            is_whole=window.is_whole,
        )

    def _look(self) -> Window:
        return Window((), True) if self._window is None else self._window.look()


def _line(trace: Trace) -> TraceLine:
    return TraceLine(
        id=trace.id,
        at=trace.at,
        purpose=trace.purpose,
        backend=trace.backend,
        usage=dict(trace.usage),
        seconds=json_form(trace.seconds, strict=True),
        error=trace.error,
        replies=len(trace.choices),
        reply=str(trace.choices[0]["text"]) if trace.choices else "",
        outcomes=_outcomes(trace.outcomes),
    )


def _outcomes(outcomes: Mapping[int, Outcome]) -> list[OutcomeLine]:
    return [OutcomeLine(**json_form(vars(outcome), strict=True)) for _, outcome in sorted(outcomes.items())]


def _cut(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Returns a value with its long texts cut, which says so."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]} … ({len(value):,} characters)"
    if isinstance(value, list):
        return [_cut(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _cut(entry) for key, entry in value.items()}
    return value
