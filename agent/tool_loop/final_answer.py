"""The answer in a reply that calls nothing: a JSON value where it is one, else its text."""

from __future__ import annotations

from typing import Any

from agent.request import Json
from language_models.lenient_json import json_values, strict_json
from language_models.reply_text import fenced_blocks

_NAMES = ("tool", "name", "function")
_ARGUMENTS = ("arguments", "parameters", "args")
_HOLDERS = ("value", "answer", "result", "reply")


class UnknownCall(Exception):
    """A reply that means to call something, which is not there."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(name)


def final_answer(text: str) -> Json:
    """Returns the value that a text gives.

    Raises:
        UnknownCall: It is a call of a tool that was not offered.
    """
    value = _value(text)
    name = _called(value)
    if name is None and "<tool_call>" in text:
        name = _called(next(json_values(text.partition("<tool_call>")[2]), None)) or "?"
    if name is not None:
        raise UnknownCall(name)
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _HOLDERS:
        return next(iter(value.values()))
    return value


def _value(text: str) -> Json:
    """Returns the JSON that the whole of a text is, or its one block, else the text."""
    blocks = list(fenced_blocks(text))
    inside = blocks[0].text if len(blocks) == 1 and text.lstrip().startswith(("```", "~~~")) else text
    for candidate in (text, inside):
        try:
            return strict_json(candidate)
        except ValueError:
            continue
    return text.strip()


def _called(value: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Returns the name of the tool that a value means to call."""
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    if not isinstance(value, dict) or not any(key in value for key in _ARGUMENTS):
        return None
    return next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
