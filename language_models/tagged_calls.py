"""Calls of tools in the text of a reply, as the chat templates of Qwen, Hermes and others ask for them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from language_models.backend import Completion, Completions, Delta, End, TextDelta, ToolCallDelta
from language_models.message import ToolCall

_CALL = re.compile(r"<tool_call>\s*(\{.*?\})\s*</tool_call>", re.DOTALL)


def with_calls(choice: Completion) -> Completion:
    """Returns the reply with the calls in its text as calls; what is no call stays text."""
    calls = tuple(filter(None, (_call(found) for found in _CALL.findall(choice.text))))
    if not calls:
        return choice
    return Completion(_CALL.sub("", choice.text).strip(), "tool_calls", calls)


def _call(text: str) -> ToolCall | None:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    name = said.get("name")
    if not isinstance(name, str):
        return None
    return ToolCall(f"call_{uuid.uuid4().hex[:12]}", name, json.dumps(said.get("arguments", {})))


def as_deltas(answer: Completions) -> Iterator[Delta]:
    """Yields a whole reply as a stream would."""
    (choice,) = answer.choices
    if choice.text:
        yield TextDelta(choice.text)
    for index, call in enumerate(choice.tool_calls):
        yield ToolCallDelta(index, call.id, call.name, call.arguments)
    yield End(choice.finish_reason, answer.usage)


def spelt_for_template(message: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a message as templates read it: arguments of calls as objects where they are JSON."""
    spelt = dict(message)
    for call in spelt.get("tool_calls", ()):
        try:
            call["function"]["arguments"] = json.loads(call["function"]["arguments"])
        except (ValueError, RecursionError):
            continue
    return spelt
