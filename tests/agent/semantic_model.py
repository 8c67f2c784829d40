"""A scripted model that answers semantic calls from functions, and counts what it was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from language_models import Chat, ChatRequest
from language_models.scripted import ScriptedBackend

_CALL = re.compile(r"^Call: (\w+)\((.*)\)\nAnswer:\Z", re.MULTILINE | re.DOTALL)


class SemanticModel:
    """Answers `name(...)` by a function of that name; what it has no function for is a test's mistake."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        self._functions = functions
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.backend = ScriptedBackend(self._reply)  # type: ignore[arg-type]

    @property
    def chat(self) -> Chat:
        return Chat(self.backend)

    def _reply(self, request: ChatRequest) -> str:
        told = [message.content.partition("\n\nAnswer with JSON")[0] for message in request.messages]
        (found,) = filter(None, map(_CALL.search, told[1:]))  # another attempt tells the call again
        name, arguments = found[1], _read(found[2])
        self.asked.append((name, arguments))
        return json.dumps({"value": self._functions[name](*arguments.values())})


def _read(text: str) -> dict[str, Any]:
    """Returns the arguments of "a=1, b=[2, 3]", whose values are JSON."""
    arguments: dict[str, Any] = {}
    decoder = json.JSONDecoder()
    while text:
        name, _, text = text.partition("=")
        value, end = decoder.raw_decode(text)
        arguments[name] = value
        text = text[end:].removeprefix(", ")
    return arguments
