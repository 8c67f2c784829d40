"""Reads a construction from a JSON file: strictly, as anyone may have written it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from funsearch.exceptions import TaskError

SUFFIX = ".json"
LARGEST = 256 << 20  # bytes


class NoConstruction(TaskError):
    """The file holds no JSON."""


def read_construction(path: Path) -> Any:  # noqa: ANN401 - JSON
    """Returns what a file holds.

    Raises:
        NoConstruction: It holds no JSON: NaN, infinities and doubled keys are none.
        TaskError: It cannot be read, or is too large.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise TaskError(f"{path}: expected at most {LARGEST:,} bytes, found more")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise TaskError(f"{path}: expected a readable file: {error}") from error
    except UnicodeDecodeError as error:
        raise NoConstruction(f"{path}: expected JSON: {error}") from error
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError) as error:
        raise NoConstruction(f"{path}: expected JSON: {error}") from error


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("an object holds a key twice")
    return found
