"""Tools that are wanted: functions that models answered for again and again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.request import Json, ToolOrder
from evaluators.literals import has_short_literal, literal
from evaluators.type_inference import common_type
from programs import ToolSpecification, ToolSpecificationError
from programs.tool_signature import SignatureError, ToolSignature
from programs.value_type import ValueType
from tool_bank.database import Database

LEAST = 3  # different calls
MOST_EXAMPLES = 12
LONGEST = 400  # characters of one example


@dataclass(frozen=True)
class _Answered:
    """One call that was answered."""

    arguments: dict[str, Json]
    value: Json
    signature: str
    description: str

    @property
    def values(self) -> tuple[Json, ...]:
        """The arguments by position."""
        return tuple(self.arguments.values())


def recurring(database: Database, least: int = LEAST) -> list[ToolOrder]:
    """Returns an order for each function that was answered for often, with what was answered as examples.

    A function of which two answers to the same call differ is left out, and so are calls whose values are too
    long to be written down.

    Args:
        database: The agent's record.
        least: How many different calls make a function worth a tool.
    """
    names = database.rows(
        "SELECT name FROM emulations GROUP BY name HAVING COUNT(*) >= ? ORDER BY name", (least,)
    )
    orders = (_order(name, list(_answered(database, name)), least) for (name,) in names)
    return [order for order in orders if order is not None]


def _answered(database: Database, name: str) -> Iterator[_Answered]:
    rows = database.rows(
        "SELECT arguments, value, signature, description FROM emulations WHERE name = ? ORDER BY number",
        (name,),
    )
    for arguments, value, signature, description in rows:
        place = f"an emulated call of {name}"
        found = database.parsed(arguments, place), database.parsed(value, place)
        yield _Answered(found[0], found[1], signature, description)


def _order(name: str, rows: list[_Answered], least: int) -> ToolOrder | None:
    count = max(map(len, (row.arguments for row in rows)))
    calls = {json.dumps(row.values): row for row in rows if len(row.arguments) == count}
    is_sound = all(
        calls[json.dumps(row.values)].value == row.value for row in rows if len(row.arguments) == count
    )
    written = {text: row for row in calls.values() if (text := _example(name, row)) is not None}
    if not is_sound or count == 0 or len(written) < least:
        return None
    used = list(written.values())
    description = next((row.description for row in reversed(used) if len(row.description.split()) > 1), "")
    told = description or f"Does what its name says: {name.replace('_', ' ')}."
    for signature in (*filter(None, (_whole(used[-1].signature), _signature(used))), None):
        order = ToolOrder(name, told, tuple(written)[:MOST_EXAMPLES], signature)
        if _is_accepted(order):
            return order
    return None


def _example(name: str, row: _Answered) -> str | None:
    if not all(has_short_literal(value, LONGEST) for value in (*row.values, row.value)):
        return None
    text = f"{name}({', '.join(map(literal, row.values))}) == {literal(row.value)}"
    return text if len(text) <= LONGEST else None


def _whole(text: str) -> str | None:
    """Returns a signature that leaves no type open; None for another."""
    try:
        signature = ToolSignature.from_text(text)
    except SignatureError:
        return None
    types = [signature.returns, *(parameter.type for parameter in signature.parameters)]
    return None if any(kind.kind == "any" for kind in types) else text


def _is_accepted(order: ToolOrder) -> bool:
    try:
        ToolSpecification(order.name, order.description, order.signature, order.examples)
    except ToolSpecificationError:
        return False
    return True


def _signature(rows: Sequence[_Answered]) -> str | None:
    """Returns the signature that the values show; None where Python has no short words for it."""
    names = list(rows[0].arguments)
    columns = list(zip(*(row.values for row in rows), strict=True))
    types = [_written(common_type(column)) for column in [*columns, [row.value for row in rows]]]
    if None in types:
        return None
    *taken, given = types
    shown = ", ".join(f"{name}: {kind}" for name, kind in zip(names, taken, strict=True))
    return f"({shown}) -> {given}"


def _written(kind: ValueType) -> str | None:
    """Returns a type as an annotation."""
    if kind.kind in ("bool", "int", "float", "str"):
        return kind.kind
    if kind.kind == "none":
        return "None"
    items = [_written(item) for item in kind.items]
    if None in items or kind.kind not in ("list", "dict", "union"):
        return kind.kind if kind.kind in ("list", "dict") else None
    inside = [item for item in items if item is not None]
    if kind.kind == "union":
        return " | ".join(inside)
    return f"list[{inside[0]}]" if kind.kind == "list" else f"dict[str, {inside[0]}]"
