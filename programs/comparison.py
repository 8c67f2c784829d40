"""Whether two values are the same answer.

Numbers compare as Python's, floats to six significant digits (one that is off a whole number by its last bits
only is that whole number); a bool is no number, a list no tuple.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable

_DIGITS = 6
_SURE_DIGITS = 12  # the rest hangs on the order of a sum; rounded off first, so that no tie hangs on it


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
    if any_order and isinstance(value, list | tuple):
        return (_sequence(value), frozenset(Counter(map(_key, value)).items()))
    return _key(value)


def _key(value: object) -> Hashable:
    if value is None or isinstance(value, bool | str | bytes):
        return (type(value).__name__, value)
    if isinstance(value, int):
        return ("number", value)
    if isinstance(value, float):
        return ("number", _rounded(value))
    if isinstance(value, list | tuple):
        return (_sequence(value), tuple(map(_key, value)))
    if isinstance(value, set | frozenset):
        return ("set", frozenset(map(_key, value)))
    if isinstance(value, dict):
        return ("dict", frozenset((_key(key), _key(entry)) for key, entry in value.items()))
    return (type(value).__name__, repr(value))


def _sequence(value: object) -> str:
    return "list" if isinstance(value, list) else "tuple"


def _rounded(number: float) -> Hashable:
    if math.isnan(number):
        return "nan"  # which does not equal itself
    if number.is_integer() or math.isinf(number):
        return number
    sure = float(f"{number:.{_SURE_DIGITS}g}")
    return sure if sure.is_integer() else float(f"{sure:.{_DIGITS}g}")
