"""A small tool for whole requests."""

from tool_bank import Tool

DOUBLE = Tool(
    name="double_it",
    description="Doubles a number.",
    source="def double_it(number: int) -> int:\n    return 2 * number\n",
    function="double_it",
    packages=(),
)
