"""Strict decoding of what a candidate wrote: anything that JSON leaves open is refused with a reason.

`json.loads` accepts NaN, 1e999, duplicate keys, lone surrogates and unbounded depth; a program under test
could use each of them to confuse whoever compares its results. Here every value is plain, finite and bounded.
NaN and infinities do pass inside typed float arrays, where the scorer expects numbers and looks for itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any, NoReturn

from sandbox import wire
from sandbox.wire import Json

MAX_DEPTH = wire.MAX_DEPTH + 4
MAX_NODES = 1_000_000
MAX_INTEGER_BITS = 1024
MAX_DIMENSIONS = 32
_TOO_MANY_ELEMENTS = 2**40


class Refused(ValueError):
    """The bytes are no answer that the wire allows; the message says why."""


def parse(text: bytes) -> Json:
    """Returns the JSON value of `text`, checked throughout; raises Refused."""
    try:
        value = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except Refused:
        raise
    except RecursionError:
        raise Refused(f"nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:  # syntax, encoding, or an integer of thousands of digits
        raise Refused(f"no valid JSON: {error}") from None
    _check(value)
    return value


def decode(value: Json, types: Json, body: memoryview) -> Json:
    """Returns what an already parsed `value` and its arrays stand for; raises Refused."""
    try:
        decoder = _StrictDecoder(check_types(types), body)
    except Refused:
        raise
    except ValueError as error:
        raise Refused(str(error)) from None
    decoded = decoder.decode(value)
    if decoder.unused:
        raise Refused(f"array {min(decoder.unused)} is referred to by no result")
    return decoded


class _StrictDecoder(wire.Decoder):
    """Hands each array out once, and refuses what is neither {"$array": i} nor {"$object": {...}}."""

    def __init__(self, types: list[tuple[str, list[int]]], body: memoryview) -> None:
        super().__init__(types, body)
        self.unused = set(range(len(types)))

    def decode(self, value: Json) -> Json:
        """Returns the value that `value` stands for."""
        kind = type(value)
        if kind is list:
            return value if wire.is_plain(value) else [self.decode(item) for item in value]
        if kind is not dict:
            return value
        for key in value:
            if key[:1] == "$":
                return self._decode_reserved(value)
        return {key: self.decode(item) for key, item in value.items()}

    def array(self, index: int) -> wire.Array:
        """Returns a fresh copy of the array at `index`, whose bools are 0 or 1, as a sum takes them."""
        found = super().array(index)
        if found.dtype.kind == "b" and found.view("u1").max(initial=0) > 1:
            raise Refused("arrays: expected a bool to be 0 or 1")
        return found

    def _decode_reserved(self, value: dict[str, Json]) -> Json:
        if len(value) == 1:
            wrapped, index = value.get("$object"), value.get("$array")
            if type(wrapped) is dict:
                return {key: self.decode(item) for key, item in wrapped.items()}
            if type(index) is int and index in self.unused:
                self.unused.remove(index)
                return self.array(index)
        raise Refused(f"expected a reference to an array of its own, found {value!r:.80}")


def check_types(types: Json) -> list[tuple[str, list[int]]]:
    """Returns the dtypes and shapes of the arrays, if that is what `types` holds; raises Refused."""
    if type(types) is not list:
        raise Refused("arrays: expected a list")
    checked = []
    for item in types:
        if type(item) is not list or len(item) != 2 or type(item[0]) is not str or type(item[1]) is not list:
            raise Refused(f"arrays: expected [dtype, shape], found {item!r:.80}")
        code, shape = item
        if code not in wire.ARRAY_TYPES:
            raise Refused(f"arrays: expected a dtype of {sorted(wire.ARRAY_TYPES)}, found {code!r:.80}")
        if not _is_shape(shape):
            raise Refused(f"arrays: expected a shape, found {shape!r:.80}")
        checked.append((code, shape))
    return checked


def _is_shape(shape: list[Json]) -> bool:
    """Returns whether numpy can make an array of this shape; it multiplies the sizes beside a zero, too."""
    elements = 1
    for size in shape[: MAX_DIMENSIONS + 1]:
        if type(size) is not int or size < 0:
            return False
        elements *= size or 1
    return len(shape) <= MAX_DIMENSIONS and elements < _TOO_MANY_ELEMENTS


def _check(value: Json) -> None:
    """Walks all nodes without recursion, so that depth is ours to bound; a level at a time, which is fast."""
    level = [value]
    nodes = depth = 0
    while level:
        depth += 1
        nodes += len(level)
        if depth > MAX_DEPTH:
            raise Refused(f"nested deeper than {MAX_DEPTH} levels")
        if nodes > MAX_NODES:
            raise Refused(f"more than {MAX_NODES:,} values")
        level = _descend(level)


def _descend(level: list[Json]) -> list[Json]:
    """Checks the leaves among these nodes; returns all that lies right below the others."""
    below: list[Json] = []
    kinds = set(map(type, level))
    for kind, walk in _WALKED.items():
        if kind in kinds:
            below += walk(level if len(kinds) == 1 else [node for node in level if type(node) is kind])
    return below


def _check_floats(leaves: list[float]) -> tuple[()]:
    if not all(map(math.isfinite, leaves)):
        found = next(leaf for leaf in leaves if not math.isfinite(leaf))
        raise Refused(f"{found} is not a finite number")
    return ()


def _check_integers(leaves: list[int]) -> tuple[()]:
    bits = max(map(int.bit_length, leaves))
    if bits > MAX_INTEGER_BITS:
        raise Refused(f"an integer of {bits} bits, more than the {MAX_INTEGER_BITS} allowed")
    return ()


def _check_texts(leaves: list[str]) -> tuple[()]:
    try:
        "".join(leaves).encode()  # halves of a pair that meet here stay halves
    except UnicodeEncodeError:
        raise Refused("text with a lone surrogate") from None
    return ()


def _items_of_objects(objects: list[dict[str, Json]]) -> Iterator[Json]:
    return chain(chain.from_iterable(objects), chain.from_iterable(map(dict.values, objects)))


_WALKED: dict[type, Callable[[list[Any]], Iterable[Json]]] = {
    float: _check_floats,
    int: _check_integers,
    str: _check_texts,
    list: chain.from_iterable,
    dict: _items_of_objects,
}


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Refused("an object with the same key twice")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise Refused(f"{name} is not a finite number")
