"""The tools that a model is offered beside those of the bank: to make one, to find one, to ask, to answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.request import Json, ToolOrder
from language_models import ToolFormat

CREATE, FIND, ASK, ANSWER = "create_tool", "find_tools", "ask_user", "answer"
LONGEST_QUESTION = 1000


def _format(name: str, description: str, properties: dict[str, Any], *required: str) -> ToolFormat:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return ToolFormat(name, description, parameters)


_TEXT = {"type": "string"}
FORMATS: Mapping[str, ToolFormat] = {
    made.name: made
    for made in (
        _format(ANSWER, "Ends the work with the result: the bare value.", {"value": {}}, "value"),
        _format(FIND, "Looks for more tools by what they do.", {"query": _TEXT}, "query"),
        _format(
            CREATE,
            "Has a missing tool made, a pure Python function; that takes minutes. Each example is a call and "
            "what it gives, such as \"f('1h') == 3600\"; give three or more.",
            {
                "name": _TEXT,
                "description": _TEXT,
                "examples": {"type": "array", "items": _TEXT},
                "signature": {"type": "string", "description": 'such as "(text: str) -> int"'},
            },
            "name", "description", "examples",
        ),
        _format(ASK, "Asks the user for what only the user knows.", {"question": _TEXT}, "question"),
    )
}  # fmt: skip
BUILT_IN = frozenset(FORMATS)


def order_of(arguments: Mapping[str, Json]) -> ToolOrder:
    """Returns what a call of `create_tool` orders."""
    return ToolOrder(
        arguments["name"].strip(),
        arguments["description"].strip(),
        tuple(example.strip() for example in arguments["examples"]),
        (arguments.get("signature") or "").strip() or None,
    )
