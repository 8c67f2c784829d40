"""Bodies of a schema's strings and numbers, by the keywords that bound them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from language_models.backend import FormUnsupported
from language_models.gbnf import Body, alternatives, literal
from language_models.number_grammar import Bound, integers, numbers, whole_bounds
from language_models.pattern_grammar import FORMATS, strings
from programs.schema_check import SchemaCheck

MOST_LISTED = 1000  # multiples that a grammar lists one by one


def string_body(schema: Mapping[str, Any], _: int) -> Body | None:
    """Returns the strings of a schema."""
    least, most, pattern = schema.get("minLength", 0), schema.get("maxLength"), schema.get("pattern")
    shape = FORMATS.get(schema.get("format", ""))
    if pattern is not None and shape is not None:
        raise FormUnsupported("keyword format: it stands beside a pattern; keep one of the two")
    return strings(least, most, pattern or shape)


def integer_body(schema: Mapping[str, Any], _: int) -> Body | None:
    """Returns the whole numbers of a schema."""
    return _number(schema, whole=True)


def number_body(schema: Mapping[str, Any], _: int) -> Body | None:
    """Returns the numbers of a schema."""
    return _number(schema, whole=False)


def _number(schema: Mapping[str, Any], *, whole: bool) -> Body | None:
    low, high = _bound(schema, "inimum", max), _bound(schema, "aximum", min)
    step = schema.get("multipleOf")
    if step is not None and not (whole and step == 1):
        return _multiples(low, high, step, whole=whole)
    return integers(low, high) if whole else numbers(low, high)


def _multiples(low: Bound | None, high: Bound | None, step: float, *, whole: bool) -> Body | None:
    """Returns the multiples, listed, those nearest to 0 where there are very many."""
    size = Decimal(str(step))
    if whole and size != int(size):
        raise FormUnsupported(f"keyword multipleOf: expected a whole number, found {step}")
    scaled = [bound and Bound(bound.value / size, bound.is_open) for bound in (low, high)]
    first, last = whole_bounds(*scaled)
    start = min(max(first, 0), max(first, last - MOST_LISTED + 1))
    texts = (f"{n * size:f}" for n in range(start, min(last, start + MOST_LISTED - 1) + 1))
    check = SchemaCheck({"multipleOf": step})  # which counts in floats: not every multiple is one to it
    return alternatives(literal(text) for text in texts if check.problem(json.loads(text)) is None)


def _bound(schema: Mapping[str, Any], ending: str, stricter: Any) -> Bound | None:  # noqa: ANN401 - max or min
    """Returns the stricter of the two bounds that a schema may give."""
    closed, opened = schema.get("m" + ending), schema.get("exclusiveM" + ending)
    if isinstance(opened, bool):
        raise FormUnsupported(f"keyword exclusiveM{ending}: expected a number, found {opened}")
    given = [
        Bound(Decimal(str(value)), is_open)
        for value, is_open in ((opened, True), (closed, False))
        if value is not None
    ]
    return stricter(given, key=lambda bound: bound.value) if given else None
