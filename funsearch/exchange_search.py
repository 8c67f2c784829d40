"""Finds the exchange with a model that made a program, among the traces of all exchanges.

An exchange is a program's where the model's seed is that of the ticket and the words are those that its
sampler builds of the parents. The seed alone is 32 bits of the run's seed, sampler and ticket.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from funsearch.prompt_rebuilding import RebuiltPrompt
from language_models.redaction import redacted
from language_models.traces import PATTERN

MOST_BYTES = 256 << 20  # looked through; the newest files first
LONGEST_LINE = 8 << 20  # bytes


@dataclass(frozen=True)
class FoundExchange:
    """An exchange as it was kept.

    Attributes:
        id: Its name in the traces.
        backend: Who replied.
        messages: What was asked, each with "role" and "content".
        replies: What came back.
    """

    id: str
    backend: str
    messages: tuple[Mapping[str, Any], ...]
    replies: tuple[str, ...]


def find_exchange(traces: Path, prompt: RebuiltPrompt) -> FoundExchange | None:
    """Returns the exchange in which a prompt was asked; None where none was kept, or is found in time."""
    if prompt.seed is None or not traces.is_dir():
        return None
    wanted = tuple(redacted(message.content) for message in prompt.messages)
    for line in _lines(traces, f'"seed": {prompt.seed}'.encode()):
        found = _read(line)
        if found is not None and _asks(found, prompt.seed, wanted):
            return FoundExchange(
                str(found.get("id", "")), str(found.get("backend", "")), _messages(found), _replies(found)
            )
    return None


def _lines(traces: Path, mark: bytes) -> Iterator[bytes]:
    """Yields the lines with a mark."""
    left = MOST_BYTES
    for file in sorted(traces.glob(PATTERN), reverse=True):
        if left <= 0 or not file.is_file():
            continue
        with file.open("rb") as stream:
            while left > 0 and (line := stream.readline(LONGEST_LINE)):
                left -= len(line)
                if mark in line:
                    yield line


def _read(line: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    is_exchange = isinstance(found, dict) and isinstance(found.get("request"), dict)
    return found if is_exchange else None


def _asks(found: Mapping[str, Any], seed: int, wanted: tuple[str, ...]) -> bool:
    """Tells whether an exchange asks what is wanted; its text may go on, by what a model's profile adds."""
    said = [str(message.get("content") or "") for message in _messages(found)]
    if found["request"].get("seed") != seed or len(said) != len(wanted):
        return False
    return all(text.startswith(ours) for text, ours in zip(said, wanted, strict=True))


def _messages(found: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    request = found["request"]
    asked = request.get("messages") or [{"role": "user", "content": request.get("prompt", "")}]
    return tuple(message for message in asked if isinstance(message, dict))


def _replies(found: Mapping[str, Any]) -> tuple[str, ...]:
    answer = found.get("answer")
    choices = answer.get("choices", ()) if isinstance(answer, dict) else ()
    return tuple(str(choice.get("text", "")) for choice in choices if isinstance(choice, dict))
