"""Python values as strict JSON and back, their types kept: how arguments and results cross to a tool.

None, bools, floats that JSON has, short integers and texts stand for themselves, lists too; all else is an
object with its type: {"t": "tuple", "v": [...]}.

The sandbox reads this text as well, so it imports nothing of ours.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = object

_LARGEST = 1 << 53  # what any reader of JSON keeps exactly
_LONGEST_TEXT = 200
_MOST_BITS = 14_000  # Python writes no integer of more than 4,300 digits as text
_DEEPEST = 20  # collections within collections: what crosses to the sandbox may nest 64 levels of JSON


@dataclass(frozen=True)
class Opaque:
    """A value of a type that is none of ours.

    Attributes:
        type: Its type's name.
        text: What it said of itself, cut.
    """

    type: str
    text: str


def encode(value: object, *, strict: bool = True) -> Json:
    """Returns the JSON form of a value; what is of another type is told by its name and text unless `strict`.

    Raises:
        ValueError: It is made of something else than plain values, lists, tuples, sets and dicts, or nests
            too deep.
    """
    return _encode(value, strict, _DEEPEST)


def _encode(value: object, strict: bool, room: int) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = str.__str__(value)  # of an enumeration's member its value, whatever it calls itself
        return text if _is_utf8(text) else {"t": "str", "v": list(map(ord, text))}
    if isinstance(value, int):
        return _encode_int(int(value), strict)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"t": "float", "v": repr(float(value))}
    if isinstance(value, bytes | bytearray):
        return {"t": "bytes", "v": value.hex()}
    if isinstance(value, list | tuple | set | frozenset | dict):
        if room == 0:
            raise ValueError(f"expected at most {_DEEPEST} collections within each other, found more")
        return _encode_collection(value, strict, room - 1)
    return _encode_other(value, strict, room)


def _encode_int(value: int, strict: bool) -> Json:
    if -_LARGEST < value < _LARGEST:
        return value
    if value.bit_length() <= _MOST_BITS:
        return {"t": "int", "v": hex(value)}
    if strict:
        raise ValueError(f"expected integers of at most {_MOST_BITS} bits, found {value.bit_length()}")
    return {"t": "opaque", "v": ["int", f"{value.bit_length()} bits, {hash(value)}"]}


def _encode_collection(
    value: list[Any] | tuple[Any, ...] | set[Any] | frozenset[Any] | dict[Any, Any], strict: bool, room: int
) -> Json:
    if isinstance(value, dict):
        pairs = [[_encode(key, strict, room), _encode(entry, strict, room)] for key, entry in value.items()]
        return {"t": "dict", "v": pairs}
    forms = [_encode(entry, strict, room) for entry in value]
    if isinstance(value, list):
        return forms
    if isinstance(value, tuple):
        return {"t": "tuple", "v": forms}
    return {"t": "set", "v": sorted(forms, key=repr)}  # a set's own order changes from process to process


def _encode_other(value: object, strict: bool, room: int) -> Json:
    kind = type(value)
    if strict:
        raise ValueError(f"expected plain values, lists, tuples, sets and dicts, found {kind.__name__}")
    if kind.__module__ == "numpy" and getattr(value, "ndim", 1) == 0 and room > 0:
        return _encode(value.item(), strict, room - 1)  # type: ignore[attr-defined]
    return {"t": "opaque", "v": [_utf8(kind.__name__), _utf8(repr(value)[:_LONGEST_TEXT])]}


def decode(form: Json) -> object:
    """Returns the value that a JSON form stands for.

    Raises:
        ValueError: It stands for none.
    """
    if isinstance(form, list):
        return [decode(entry) for entry in form]
    if form is None or isinstance(form, bool | int | float | str):
        return form
    if not isinstance(form, dict) or set(form) != {"t", "v"} or str(form["t"]) not in _READERS:
        raise ValueError(f"expected a typed value, found {form!r:.80}")
    try:
        return _READERS[str(form["t"])](form["v"])
    except (TypeError, OverflowError) as error:
        raise ValueError(f"expected a typed value, found {form!r:.80}") from error


def literal(value: object) -> str:
    """Returns the text that `ast.literal_eval` reads as the value; raises ValueError where there is none."""
    text = repr(value)  # of an integer beyond 4,300 digits a ValueError itself
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"{text[:80]}: no literal") from error
    return text


def has_short_literal(value: object, longest: int) -> bool:
    """Returns whether a value can be written down, in at most so many characters."""
    try:
        return len(literal(value)) <= longest
    except ValueError:
        return False


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _integer(text: str) -> int:
    value = int(text, 16)
    if value.bit_length() > _MOST_BITS:
        raise ValueError(f"expected integers of at most {_MOST_BITS} bits, found {value.bit_length()}")
    return value


def _text(codes: list[int]) -> str:
    return "".join(map(chr, codes))


def _opaque(form: list[str]) -> Opaque:
    kind, text = form
    return Opaque(str(kind), str(text))


_READERS: dict[str, Callable[..., object]] = {
    "tuple": lambda entries: tuple(map(decode, entries)),
    "set": lambda entries: set(map(decode, entries)),
    "dict": lambda pairs: {decode(key): decode(entry) for key, entry in pairs},
    "int": _integer,
    "float": float,
    "bytes": bytes.fromhex,
    "str": _text,
    "opaque": _opaque,
}
