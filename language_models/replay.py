"""Answers from a recording, for tests that need no model. Traces are recordings: `TracedBackend` makes them.

ModelError
└── ModelUnavailable
    └── NotRecorded        the recording has no answer, or no further one, to this request
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from language_models.backend import (
    ChatRequest,
    CompletionRequest,
    Completions,
    Delta,
    ModelUnavailable,
)
from language_models.exchange_record import AnyRequest, answer_of, request_key, request_record
from language_models.redaction import redacted_value
from language_models.streaming import deltas_of
from language_models.trace_reader import read_traces

_SAMPLING = ("samples", "max_tokens", "temperature", "stop", "seed")


class NotRecorded(ModelUnavailable):
    """The recording has no answer to this request."""


class ReplayBackend:
    """Answers each request as it was answered when it was recorded; one asked twice needs two recordings.

    Keeps both Protocols and streams. Secrets are masked in recordings, and in requests before they are looked
    for.

    Args:
        recording: A directory of traces, or one file of them.

    Raises:
        FileNotFoundError: There is no such place.
    """

    def __init__(self, recording: Path) -> None:
        self.name = f"recording {recording.name}"
        self._lock = threading.Lock()
        self._answers: dict[str, list[Completions]] = defaultdict(list)
        self._asked: dict[str, int] = defaultdict(int)
        for trace in read_traces(recording):
            if trace.choices:
                answer = answer_of({"choices": trace.choices, "usage": trace.usage})
                self._answers[request_key(trace.request)].append(answer)

    def chat(self, request: ChatRequest) -> Completions:
        """Returns the recorded replies; raises `NotRecorded`."""
        return self._answer(request)

    def complete(self, request: CompletionRequest) -> Completions:
        """Returns the recorded continuations; raises `NotRecorded`."""
        return self._answer(request)

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        """Yields the recorded reply; raises `NotRecorded`."""
        return deltas_of(self._answer(request))

    def _answer(self, request: AnyRequest) -> Completions:
        wanted: dict[str, Any] = redacted_value(request_record(request))
        key = request_key(wanted)
        with self._lock:
            answers, number = self._answers.get(key, []), self._asked[key]
            self._asked[key] += 1
        if number >= len(answers):
            raise self._missing(wanted, len(answers))
        return answers[number]

    def _missing(self, wanted: dict[str, Any], found: int) -> NotRecorded:
        said = wanted.get("prompt") or wanted["messages"][-1]["content"]
        held = sum(map(len, self._answers.values()))
        times = f"one more answer than the {found} there" if found else "an answer, found none"
        sampling = json.dumps({name: value for name, value in wanted.items() if name in _SAMPLING})
        return NotRecorded(
            f"{self.name}: expected {times} to the request that ends with {said[-80:]!r} {sampling}, "
            f"among {held} recorded; record it anew with TracedBackend"
        )
