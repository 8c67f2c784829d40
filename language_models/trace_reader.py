"""Reads traces: exchanges with what became of them, as figures or as training data."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from language_models.traces import PATTERN, Outcome

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Trace:
    """An exchange, as it was kept.

    Attributes:
        id: Its name.
        at: When it ended, UTC.
        purpose: What it was for.
        backend: Who replied.
        request: What was asked.
        choices: The replies; none where it failed.
        usage: Tokens by name.
        seconds: How long it took.
        error: What went wrong; "" where nothing did.
        outcomes: What became of the replies, by number; the last word counts.
    """

    id: str
    at: str
    purpose: str
    backend: str
    request: Mapping[str, Any]
    choices: tuple[Mapping[str, Any], ...]
    usage: Mapping[str, int]
    seconds: float
    error: str = ""
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Choosing:
    """Which replies are wanted.

    Attributes:
        accepted: Only those of which this was said; None for all.
        purpose: Only those for this; None for all.
        least_score: Only those worth this or more; None for all.
    """

    accepted: bool | None = None
    purpose: str | None = None
    least_score: float | None = None

    def takes(self, trace: Trace, choice: int) -> bool:
        """Tells whether a reply is wanted."""
        outcome = trace.outcomes.get(choice, Outcome())
        if self.accepted is not None and outcome.accepted is not self.accepted:
            return False
        if self.least_score is not None and (outcome.score is None or outcome.score < self.least_score):
            return False
        return self.purpose is None or trace.purpose == self.purpose


@dataclass
class Figures:
    """Sums over exchanges."""

    exchanges: int = 0
    failed: int = 0
    replies: int = 0
    accepted: int = 0
    rejected: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

    def add(self, trace: Trace) -> None:
        """Counts an exchange."""
        self.exchanges += 1
        self.failed += bool(trace.error)
        self.replies += len(trace.choices)
        self.accepted += sum(outcome.accepted is True for outcome in trace.outcomes.values())
        self.rejected += sum(outcome.accepted is False for outcome in trace.outcomes.values())
        self.prompt_tokens += trace.usage.get("prompt_tokens", 0)
        self.completion_tokens += trace.usage.get("completion_tokens", 0)
        self.seconds += trace.seconds


def read_traces(place: Path) -> list[Trace]:
    """Returns the exchanges of a directory of traces, or of one file, the oldest first.

    A line that cannot be read (where the disk was full, say) is left out, and the log says how many were.

    Raises:
        FileNotFoundError: There is no such place.
    """
    exchanges: dict[str, Trace] = {}
    outcomes: dict[str, dict[int, Outcome]] = {}
    damaged = 0
    for record in _records(place):
        try:
            take_in(record, exchanges, outcomes)
        except (KeyError, TypeError, ValueError, AttributeError):
            damaged += 1
    if damaged:
        logger.warning("%s: %d lines cannot be read and are left out", place, damaged)
    found = [with_outcomes(trace, outcomes.get(trace.id, {})) for trace in exchanges.values()]
    return sorted(found, key=lambda trace: trace.at)


def figures(traces: Iterable[Trace]) -> dict[tuple[str, str], Figures]:
    """Returns sums by purpose and backend."""
    sums: dict[tuple[str, str], Figures] = {}
    for trace in traces:
        sums.setdefault((trace.purpose, trace.backend), Figures()).add(trace)
    return sums


def training_lines(traces: Iterable[Trace], choosing: Choosing) -> Iterator[dict[str, Any]]:
    """Yields the wanted replies in the chat format for fine-tuning: messages, the reply last, and tools.

    A continued text becomes a question and its answer.
    """
    for trace in traces:
        request = trace.request
        asked = request.get("messages") or [{"role": "user", "content": request.get("prompt", "")}]
        tools = {"tools": request["tools"]} if request.get("tools") else {}
        for number, choice in enumerate(trace.choices):
            if choosing.takes(trace, number):
                yield {"messages": [*asked, _reply(choice)], **tools}


def _reply(choice: Mapping[str, Any]) -> dict[str, Any]:
    calls = {"tool_calls": choice["tool_calls"]} if choice.get("tool_calls") else {}
    return {"role": "assistant", "content": choice["text"], **calls}


def _records(place: Path) -> Iterator[Any]:
    """Yields the lines of traces as JSON, None for each that is none."""
    if not place.exists():
        raise FileNotFoundError(f"{place}: expected a directory of traces, or a file of them, found nothing")
    for file in sorted(place.glob(PATTERN)) if place.is_dir() else [place]:
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError):
                    yield None


def take_in(record: Any, exchanges: dict[str, Trace], outcomes: dict[str, dict[int, Outcome]]) -> None:  # noqa: ANN401
    """Takes a line in; raises what Python raises where it is not what it should be."""
    if record["kind"] == "outcome":
        said = outcomes.setdefault(record["exchange"], {})
        number = int(record.get("choice", 0))
        before = said.get(number, Outcome())
        said[number] = Outcome(
            number,
            record.get("accepted", before.accepted),
            record.get("score", before.score),
            record.get("note", before.note),
        )
    elif record["kind"] == "exchange":
        exchanges[record["id"]] = _trace_of(record)


def _trace_of(record: Mapping[str, Any]) -> Trace:
    answer, error = record.get("answer", {}), record.get("error")
    return Trace(
        id=str(record["id"]),
        at=str(record["at"]),
        purpose=str(record["purpose"]),
        backend=str(record["backend"]),
        request=dict(record["request"]),
        choices=tuple(dict(choice) for choice in answer.get("choices", ())),
        usage={name: int(count) for name, count in answer.get("usage", {}).items()},
        seconds=float(record["seconds"]),
        error=f"{error['type']}: {error['message']}" if error else "",
    )


def with_outcomes(trace: Trace, outcomes: Mapping[int, Outcome]) -> Trace:
    """Returns a trace that tells what became of its replies."""
    return replace(trace, outcomes=outcomes) if outcomes else trace
