"""Whether two values are the same answer.

Numbers compare as Python's, floats to six significant digits; a bool is no number, a list no tuple.
"""

from __future__ import annotations

import math
from collections.abc import Hashable

_DIGITS = 6


def differ(expected: object, found: object, *, any_order: bool = False) -> bool:
    """Returns whether two answers are different ones."""
    return answer_key(expected, any_order=any_order) != answer_key(found, any_order=any_order)


def answer_key(value: object, *, any_order: bool = False) -> Hashable:
    """Returns something that is equal for equal answers: what answers are grouped by.

    Args:
        value: Made of None, bools, numbers, texts, bytes, lists, tuples, sets and dicts; of anything else,
            only its type and its text count.
        any_order: Whether the order of an outermost list or tuple does not matter.
    """
    key = _key(value)
    if any_order and isinstance(value, list | tuple):
        return (type(value).__name__, tuple(sorted(map(_key, value), key=repr)))
    return key


def _key(value: object) -> Hashable:
    if value is None or isinstance(value, bool | str | bytes):
        return (type(value).__name__, value)
    if isinstance(value, int):
        return ("number", value)
    if isinstance(value, float):
        return ("number", _rounded(value))
    if isinstance(value, list | tuple):
        return (type(value).__name__, tuple(map(_key, value)))
    if isinstance(value, set | frozenset):
        return ("set", frozenset(map(_key, value)))
    if isinstance(value, dict):
        return ("dict", frozenset((_key(key), _key(entry)) for key, entry in value.items()))
    return (type(value).__name__, repr(value))


def _rounded(number: float) -> Hashable:
    if math.isnan(number):
        return "nan"  # which does not equal itself
    if number.is_integer() or math.isinf(number):
        return number
    return float(f"{number:.{_DIGITS}g}")
