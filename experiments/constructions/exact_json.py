"""Reads constructions exactly: integers that are integers, numbers as fractions, and nothing else.

A construction comes from a file that anyone may have written. True, 2.0 and "2" are no integers; NaN and
infinities are no numbers; a key that nobody knows is not passed over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

MOST_ENTRIES = 20_000_000  # numbers in one construction
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(?:/0{0,9}[1-9][0-9]{0,400}|\.[0-9]{1,400})?")
LARGEST = 2**62  # magnitude of an integer in an array


class ConstructionRefused(ValueError):
    """What was given is no such construction; the message says what was expected and what was found."""


def part(value: Any, key: str, parameters: Mapping[str, int] | None = None) -> Any:  # noqa: ANN401 - JSON
    """Returns the construction itself: the value, or what an object holds under a key.

    Args:
        value: A list, or an object of the key and of parameters.
        key: Such as "vectors".
        parameters: Of the instance; an object that names one must name this value.
    """
    if not isinstance(value, dict):
        return value
    known = dict(parameters or {})
    if key not in value:
        raise ConstructionRefused(
            f"construction: expected a list or an object with {key!r}, found {_keys(value)}"
        )
    for name, given in value.items():
        if name == key:
            continue
        if name not in known:
            raise ConstructionRefused(
                f"construction: expected {_listed([key, *known])}, found the key {name!r:.60}"
            )
        if type(given) is not int or given != known[name]:
            raise ConstructionRefused(f"construction: {name}: expected {known[name]}, found {given!r:.60}")
    return value[key]


def integer_rows(value: Any, width: int, what: str = "vectors") -> IntArray:  # noqa: ANN401 - JSON
    """Returns rows of integers, int64 [rows, width]; there may be none."""
    if not isinstance(value, list):
        raise ConstructionRefused(f"{what}: expected a list of lists, found {_kind(value)}")
    if len(value) * width > MOST_ENTRIES:
        raise ConstructionRefused(f"{what}: expected at most {MOST_ENTRIES:,} numbers, found more")
    for number, row in enumerate(value):
        if not isinstance(row, list) or len(row) != width:
            found = f"{len(row)}" if isinstance(row, list) else _kind(row)
            raise ConstructionRefused(f"{what}[{number}]: expected a list of {width} integers, found {found}")
        for entry in row:
            if type(entry) is not int or abs(entry) > LARGEST:
                raise ConstructionRefused(f"{what}[{number}]: expected integers, found {entry!r:.40}")
    return np.array(value, dtype=np.int64).reshape(len(value), width)


def require_entries(rows: IntArray, allowed: Collection[int], what: str = "vectors") -> None:
    """Raises `ConstructionRefused` for an entry that is not allowed."""
    bad = np.argwhere(~np.isin(rows, list(allowed)))
    if len(bad):
        row, column = bad[0].tolist()
        raise ConstructionRefused(
            f"{what}[{row}][{column}]: expected one of {sorted(allowed)}, found {rows[row, column]}"
        )


def require_distinct(rows: IntArray, what: str = "vectors") -> None:
    """Raises `ConstructionRefused` where two rows are the same."""
    _, first, counts = np.unique(rows, axis=0, return_index=True, return_counts=True)
    if (counts > 1).any():
        row = int(first[np.argmax(counts > 1)])
        raise ConstructionRefused(f"{what}: expected different ones, found {what}[{row}] twice")


def fraction(value: Any, what: str) -> Fraction:  # noqa: ANN401 - JSON
    """Returns a number exactly: an integer, a float as the fraction that it is, or a text like "1/3"."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Fraction(value)
    if isinstance(value, str):
        raise ConstructionRefused(f"{what}: expected a number such as '-1/3' or '0.25', found {value!r:.60}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConstructionRefused(f"{what}: expected a number, found {_kind(value)}")
    if not math.isfinite(value):
        raise ConstructionRefused(f"{what}: expected a finite number, found {value}")
    return Fraction(value)


def fractions(value: Any, what: str) -> list[Fraction]:  # noqa: ANN401 - JSON
    """Returns a list of numbers, exactly."""
    if not isinstance(value, list):
        raise ConstructionRefused(f"{what}: expected a list of numbers, found {_kind(value)}")
    return [fraction(entry, f"{what}[{number}]") for number, entry in enumerate(value)]


def _kind(value: object) -> str:
    return "null" if value is None else type(value).__name__


def _keys(value: Mapping[str, Any]) -> str:
    return f"the keys {', '.join(map(repr, list(value)[:5]))}"[:120] if value else "an empty object"


def _listed(names: list[str]) -> str:
    return " or ".join(map(repr, names))
