"""The wire: frames, and how values become JSON and raw array bytes. Shared by both sides of the border.

A frame is two little-endian 32-bit lengths, a JSON header and an opaque body. A value is encoded as JSON in
which `{"$array": i}` stands for the i-th typed array of the same message, and `{"$object": {...}}` wraps a
dictionary one of whose own keys begins with "$". Arrays travel as (dtype, shape) in the header and raw bytes
in the body. Nothing is ever pickled.

This file runs inside the sandbox too: standard library only, numpy when somebody else has imported it.
"""

from __future__ import annotations

import json
import math
import os
import struct
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

Json: TypeAlias = Any  # what `json` reads and writes
Array: TypeAlias = Any  # a numpy array; numpy is never imported here for the sake of its name

LENGTHS = struct.Struct("<II")
MAX_DEPTH = 64

# numpy's `dtype.str` on the wire -> size of one element. Little-endian only, no object, no text.
ARRAY_TYPES = {
    "|b1": 1, "|i1": 1, "<i2": 2, "<i4": 4, "<i8": 8,
    "|u1": 1, "<u2": 2, "<u4": 4, "<u8": 8, "<f4": 4, "<f8": 8,
}  # fmt: skip
_PLAIN = frozenset({type(None), bool, int, float, str})
_SEQUENCES = (list, tuple)


class Unencodable(ValueError):
    """A value that cannot cross the border; the message names its type."""


def pack(header: Json, *parts: bytes, finite: bool = False) -> bytes:
    """Returns one frame; with `finite`, raises ValueError for NaN, which the trusted decoder would refuse."""
    # Whoever packs has bounded the depth already: no search for circles is needed.
    text = json.dumps(header, separators=(",", ":"), allow_nan=not finite, check_circular=False)
    encoded = text.encode()
    return b"".join((LENGTHS.pack(len(encoded), sum(map(len, parts))), encoded, *parts))


def frame_size(prefix: bytes | memoryview) -> int:
    """Returns the size of the whole frame that begins with these eight bytes."""
    header, body = LENGTHS.unpack_from(prefix)
    return int(LENGTHS.size + header + body)


def split(frame: bytes) -> tuple[bytes, memoryview]:
    """Returns the undecoded header and the body of one whole frame."""
    header, body = LENGTHS.unpack_from(frame)
    if len(frame) != LENGTHS.size + header + body:
        raise ValueError(f"frame: expected {LENGTHS.size + header + body} bytes, found {len(frame)}")
    start = LENGTHS.size + header
    return frame[LENGTHS.size : start], memoryview(frame)[start:]


def read_frame(descriptor: int) -> tuple[memoryview, memoryview]:
    """Returns the undecoded header and the body of the next frame; raises EOFError at end of file."""
    header, body = LENGTHS.unpack(_read(descriptor, LENGTHS.size))
    frame = memoryview(_read(descriptor, header + body))
    return frame[:header], frame[header:]


def write_all(descriptor: int, data: bytes) -> None:
    """Writes all of `data`."""
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


def _read(descriptor: int, size: int) -> bytearray:
    data = bytearray(size)
    left = memoryview(data)
    while left:
        count = os.readv(descriptor, [left])
        if not count:
            raise EOFError
        left = left[count:]
    return data


class Encoder:
    """Turns values into JSON-ready ones, collecting their arrays.

    With `share`, an array object that occurs again is sent once; the receiver makes a copy per occurrence.
    """

    def __init__(self, *, share: bool) -> None:
        self.types: list[tuple[str, tuple[int, ...]]] = []
        self.parts: list[bytes] = []
        self._indices: dict[int, int] | None = {} if share else None
        self._kept: list[Any] = []  # keeps shared arrays alive, so that an id stays theirs
        self._numpy: Any = sys.modules.get("numpy")  # where it was never imported, no value is an array
        self._array = getattr(self._numpy, "ndarray", None)

    def encode(self, value: object, depth: int = 0) -> Json:
        """Returns the JSON form of `value`; raises Unencodable."""
        kind = type(value)
        if kind in _PLAIN:
            return value
        if kind is self._array:
            return {"$array": self._array_index(value)}
        if depth > MAX_DEPTH:
            raise Unencodable(f"nested deeper than {MAX_DEPTH} levels (or containing itself)")
        if isinstance(value, _SEQUENCES):
            items = list(value)  # a copy, that the owner cannot change before it is sent
            return items if is_plain(items) else [self.encode(item, depth + 1) for item in items]
        if isinstance(value, dict):
            return self._encode_dictionary(value, depth)
        if self._array is not None and isinstance(value, self._array):
            return {"$array": self._array_index(value)}
        return self._encode_scalar(value)

    def _encode_dictionary(self, value: dict[Any, Any], depth: int) -> Json:
        encoded: dict[str, Any] = {}
        ambiguous = False
        for key, item in value.items():
            if not isinstance(key, str):
                raise Unencodable(f"a dictionary key of type {type(key).__name__}; keys are text")
            ambiguous = ambiguous or key.startswith("$")
            encoded[str(key)] = self.encode(item, depth + 1)
        return {"$object": encoded} if ambiguous else encoded

    def _encode_scalar(self, value: object) -> Json:
        """Returns the plain form of a numpy scalar or of a subclass of int, float or str."""
        if self._numpy is not None and isinstance(value, self._numpy.generic):
            value = value.item()
        for plain in (bool, int, float, str):
            if isinstance(value, plain):
                return plain(value)
        raise Unencodable(f"a value of type {type(value).__name__}")

    def _array_index(self, array: Array) -> int:
        if self._indices is None:
            return self._append(array)
        index = self._indices.get(id(array))
        if index is None:
            index = self._indices[id(array)] = self._append(array)
            self._kept.append(array)
        return index

    def _append(self, array: Array) -> int:
        code = array.dtype.str
        if code not in ARRAY_TYPES:
            array = array.astype(array.dtype.newbyteorder("<"))
            code = array.dtype.str
            if code not in ARRAY_TYPES:
                raise Unencodable(
                    f"an array of dtype {array.dtype}; expected bool, (u)int8..64, float32 or float64"
                )
        self.types.append((code, array.shape))
        self.parts.append(array.tobytes())
        return len(self.types) - 1


class Decoder:
    """Turns JSON values back, handing out a fresh writable copy of an array at each occurrence."""

    def __init__(self, types: Sequence[tuple[str, Sequence[int]]], body: memoryview) -> None:
        self._types = types
        self._body = body
        self._starts: list[int] = []
        start = 0
        for code, shape in types:
            self._starts.append(start)
            start += array_size(code, shape)
        if start != len(body):
            raise ValueError(f"arrays: expected {start} bytes, found {len(body)}")
        if types:
            import numpy as np

            self._new_array: Array = np.ndarray

    def decode(self, value: Json) -> Json:
        """Returns the value that `value` stands for."""
        kind = type(value)
        if kind is list:
            return value if is_plain(value) else [self.decode(item) for item in value]
        if kind is not dict:
            return value
        if len(value) == 1:
            if "$array" in value:
                return self.array(value["$array"])
            if "$object" in value:
                value = value["$object"]
        return {key: self.decode(item) for key, item in value.items()}

    def array(self, index: int) -> Array:
        """Returns a fresh copy of the array at `index`."""
        code, shape = self._types[index]
        return self._new_array(shape, code, self._body, self._starts[index]).copy()


def is_plain(items: list[Any]) -> bool:
    """Returns whether a list holds nothing but leaves; it says so a leaf at a time, but far below Python."""
    return _PLAIN.issuperset(map(type, items))


def array_size(code: str, shape: Sequence[int]) -> int:
    """Returns the number of bytes of an array, by Python's integers that cannot overflow."""
    return ARRAY_TYPES[code] * math.prod(shape)
