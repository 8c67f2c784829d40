"""Tools that the tests share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox.opening import open_sandbox
from tool_bank import Tool, ToolBank
from tool_bank.schema import ToolSchema
from tool_bank.scripted import ScriptedEncoder

PARSE = "def parse_duration(text: str, unit: int = 1) -> int:\n    return len(text) // unit\n"
PACKING = """import numpy as np


def priority(item: float, bins: np.ndarray) -> np.ndarray:
    return item - bins
"""


def tool(
    name: str = "parse_duration", description: str = "Turns '1h30m' into seconds.", **fields: Any
) -> Tool:
    """Returns a tool whose function bears its name."""
    source = f"def {name}(text: str) -> int:\n    return len(text)\n"
    return Tool(**{"name": name, "description": description, "source": source, "function": name, **fields})


DURATION = tool(source=PARSE)
SLUG = tool("make_slug", "Makes a URL slug of a title.")
PACK = tool("pack_bins", "Packs items online into few bins.", source=PACKING, function="priority")


def schema(
    properties: dict[str, Any], required: list[str], returns: dict[str, Any] | None = None, **fields: Any
) -> ToolSchema:
    """Returns a schema as the sandbox would derive it."""
    parameters = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return ToolSchema(parameters=parameters, returns=returns, **fields)


DURATION_SCHEMA = schema({"text": {"type": "string"}, "unit": {"default": 1, "type": "integer"}}, ["text"])
PACK_SCHEMA = schema(
    {"item": {"type": "number"}, "bins": {"type": "array", "items": {}}}, ["item", "bins"], arrays=["bins"]
)


def numeric(name: str, body: str, parameters: str = "x: int", **fields: Any) -> Tool:
    """Returns a tool that computes one expression."""
    source = f"def {name}({parameters}):\n    return {body}\n"
    about = {
        "name": name,
        "description": f"Gives the {name} of a number.",
        "source": source,
        "function": name,
    }
    return Tool(**{**about, **fields})


@contextmanager
def bank_with(directory: Path) -> Iterator[ToolBank]:
    """Opens a bank with a real sandbox and a scripted encoder."""
    with (
        open_sandbox("bubblewrap", packages=()) as box,
        ToolBank.open(directory / "bank", sandbox=box, encoder=ScriptedEncoder()) as bank,
    ):
        yield bank
