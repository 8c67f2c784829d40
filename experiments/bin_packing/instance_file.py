"""Reads instances of bin packing from a user's file: OR-Library's text, or JSON, gzipped or not.

OR-Library  how many instances; then of each its name, "capacity items best", and the items
JSON        {"capacity": 150, "items": [[...], ...]}, or FunSearch's {name: {"capacity", "items"}}
"""

from __future__ import annotations

import json
import zlib
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from experiments.bin_packing.instances import PackingInstances
from funsearch.exceptions import TaskError

LARGEST_FILE = 64 << 20  # bytes, unpacked


def read_instances(path: Path) -> PackingInstances:
    """Returns the instances in a file.

    Raises:
        TaskError: It cannot be read, is of no such form, or holds instances of several capacities or lengths.
    """
    text = _text(path)
    try:
        capacities, rows = _of_json(json.loads(text)) if text.lstrip().startswith("{") else _of_library(text)
        if len(set(capacities)) != 1 or len({len(row) for row in rows}) != 1:
            raise ValueError("expected instances of one capacity and one length")
        if any(type(item) is not int for row in rows for item in row):
            raise ValueError("expected whole numbers")
        return PackingInstances(path.name, capacities[0], np.array(rows, dtype=np.int64))
    except (
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        StopIteration,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise TaskError(
            f"{path}: expected instances of bin packing, found none that can be used: {error}"
        ) from error


def _text(path: Path) -> str:
    try:
        packed = path.read_bytes()
        if packed[:2] == b"\x1f\x8b":
            packed = zlib.decompressobj(wbits=31).decompress(packed, LARGEST_FILE)
        return packed[:LARGEST_FILE].decode("utf-8")
    except (OSError, UnicodeDecodeError, zlib.error) as error:
        raise TaskError(f"{path}: expected a readable file of instances: {error}") from error


def _of_json(value: Any) -> tuple[list[int], list[list[int]]]:  # noqa: ANN401 - JSON
    if isinstance(value.get("items"), list):
        rows = value["items"] if isinstance(value["items"][0], list) else [value["items"]]
        return [_whole(value["capacity"])] * len(rows), rows
    return [_whole(one["capacity"]) for one in value.values()], [one["items"] for one in value.values()]


def _of_library(text: str) -> tuple[list[int], list[list[int]]]:
    words = iter(text.split())
    capacities, rows = [], []
    for _ in range(int(next(words))):
        next(words)  # its name
        capacities.append(_whole(float(next(words))))
        length = int(next(words))
        next(words)  # the fewest bins known
        items = [_whole(float(word)) for word in islice(words, length)]
        if len(items) < length:
            raise ValueError(f"expected {length} items, found {len(items)}")
        rows.append(items)
    return capacities, rows


def _whole(number: float) -> int:
    if isinstance(number, bool) or number != int(number):
        raise ValueError(f"expected whole numbers, found {number}")
    return int(number)
