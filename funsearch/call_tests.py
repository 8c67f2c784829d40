"""The test cases of a tool as the bank keeps them: calls by name, arguments and results as JSON has them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence

from evaluators.cases import Case
from tool_bank import ToolTest

Json = object


def call_tests(
    cases: Iterable[Case], parameters: Sequence[str], *, any_order: bool = False
) -> list[ToolTest]:
    """Returns the cases that a call of the bank can repeat, in order.

    Tuples become lists, as in a call; a case with a set, bytes or a number that JSON lacks is left out, and
    so is a list in any order, since the bank compares in order.
    """
    return list(_converted(cases, parameters, any_order))


def _converted(cases: Iterable[Case], parameters: Sequence[str], any_order: bool) -> Iterator[ToolTest]:
    for case in cases:
        if any_order and isinstance(case.expected, list | tuple) and len(case.expected) > 1:
            continue
        try:
            arguments = {n: _json(v) for n, v in zip(parameters, case.arguments, strict=True)}
            expected = _json(case.expected)
            json.dumps([arguments, expected], ensure_ascii=False).encode()  # refuses lone surrogates
            yield ToolTest(arguments, expected, case.source, case.hidden)
        except ValueError:
            continue


def _json(value: object) -> Json:
    """Returns a value as JSON has it; raises ValueError for one that it has not."""
    if isinstance(value, list | tuple):
        return [_json(entry) for entry in value]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return {key: _json(entry) for key, entry in value.items()}
    is_number = isinstance(value, int | float) and math.isfinite(value)
    if not (value is None or isinstance(value, str) or is_number):
        raise ValueError(f"expected a value of JSON, found {value!r:.80}")
    return value
