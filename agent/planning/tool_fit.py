"""Which tool does the work of which kind, as a model says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.planning.affordance_prompt import MISSING, PYTHON
from agent.planning.tool_kind import ToolKind
from language_models import Completion, ParseError
from language_models.lenient_json import json_values
from language_models.parser import Form, Forms


@dataclass(frozen=True)
class FitParser:
    """Reads a choice for each kind: a tool, Python or nothing.

    Attributes:
        kinds: What was asked about.
        tools: Names of the tools that were shown.
    """

    kinds: Sequence[ToolKind]
    tools: Sequence[str]

    @property
    def forms(self) -> Forms:
        """A schema to hold to, or words; the words name no schema, which would be longer than the answer."""
        words = "Answer with JSON and nothing else, such as " + _example(self.kinds)
        return Forms((Form(words, schema=self._schema), Form(words)))

    def parse(self, reply: Completion) -> Mapping[str, str]:
        """Returns the choices by name of kind, without what is none; raises `ParseError`."""
        choices = {*self.tools, PYTHON, MISSING}
        for value in json_values(reply.text, is_cut_off=reply.finish_reason == "length"):
            if isinstance(value, dict):
                return {key: said for key, said in value.items() if isinstance(said, str) and said in choices}
        raise ParseError(f"JSON such as {_example(self.kinds)}", "none")

    @property
    def _schema(self) -> dict[str, Any]:
        choice = {"type": "string", "enum": [*self.tools, PYTHON, MISSING]}
        names = [kind.name for kind in self.kinds]
        return {
            "type": "object",
            "properties": dict.fromkeys(names, choice),
            "required": names,
            "additionalProperties": False,
        }


def _example(kinds: Sequence[ToolKind]) -> str:
    entries = ", ".join(f'"{kind.name}": "name of a tool, {PYTHON} or {MISSING}"' for kind in kinds)
    return "{" + entries + "}"
