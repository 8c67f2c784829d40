"""Tools that the tests share."""

from __future__ import annotations

from typing import Any

from tool_bank import Tool

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
