"""A signature that is hard to make a schema of, and what must come of it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tool_bank import Tool, ToolBank, ToolCallRefused


@dataclass(frozen=True)
class HardSignature:
    """One row.

    Attributes:
        name: Of the tool, and what is hard about it.
        source: Its program; the function is `f`.
        facts: What its schema says, by the path to it, such as "properties/x/type".
        call: Right arguments.
        result: What they give.
        wrong: Changes that make them wrong.
        words: What the refusal says.
        strict: Whether OpenAI's strict mode can say it.
    """

    name: str
    source: str
    facts: Mapping[str, Any]
    call: Mapping[str, Any]
    result: Any
    wrong: Mapping[str, Any]
    words: str
    strict: bool = field(default=True)

    def tool(self) -> Tool:
        """Returns the tool."""
        return Tool(
            name=self.name,
            description=f"Hard: {self.name}.",
            source=textwrap.dedent(self.source).lstrip(),
            function="f",
        )

    def faults(self, bank: ToolBank) -> Iterator[str]:
        """Yields what is not as it should be, with the tool in a bank."""
        described = bank.describe(self.name)
        for path, expected in self.facts.items():
            found = _at(described.parameters, path)
            if found != expected:
                yield f"schema: {path}: expected {expected!r}, found {found!r}"
        if self.strict is not (described.why_not_strict == ""):
            yield f"strict: expected {self.strict}, found {described.why_not_strict!r}"
        text = json.dumps(bank.call(self.name, self.call), default=lambda array: array.tolist())
        value = json.loads(text)
        if value != self.result:
            yield f"call: expected {self.result!r}, found {value!r}"
        try:
            value = bank.call(self.name, {**self.call, **self.wrong})
            yield f"wrong call: expected a refusal, found {value!r}"
        except ToolCallRefused as refusal:
            if self.words not in str(refusal):
                yield f"wrong call: expected {self.words!r} in the refusal, found {refusal}"


def _at(schema: Any, path: str) -> Any:  # noqa: ANN401 - any JSON
    for step in path.split("/"):
        schema = schema[int(step)] if isinstance(schema, list) else schema.get(step, "nothing")
        if schema == "nothing":
            return schema
    return schema
