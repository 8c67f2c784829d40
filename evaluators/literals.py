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

Json = object

_LARGEST = 1 << 53  # what any reader of JSON keeps exactly
_LONGEST_TEXT = 200


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
        ValueError: It is made of something else than plain values, lists, tuples, sets and dicts.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value) if _is_utf8(value) else {"t": "str", "v": list(map(ord, value))}
    if isinstance(value, int):
        return int(value) if -_LARGEST < value < _LARGEST else {"t": "int", "v": hex(value)}
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"t": "float", "v": repr(float(value))}
    return _encode_collection(value, strict)


def _encode_collection(value: object, strict: bool) -> Json:
    if isinstance(value, bytes | bytearray):
        return {"t": "bytes", "v": value.hex()}
    if isinstance(value, list):
        return [encode(entry, strict=strict) for entry in value]
    if isinstance(value, tuple | set | frozenset):
        name = "tuple" if isinstance(value, tuple) else "set"
        return {"t": name, "v": [encode(entry, strict=strict) for entry in value]}
    if isinstance(value, dict):
        pairs = [[encode(key, strict=strict), encode(entry, strict=strict)] for key, entry in value.items()]
        return {"t": "dict", "v": pairs}
    kind = type(value)
    if strict:
        raise ValueError(f"expected plain values, lists, tuples, sets and dicts, found {kind.__name__}")
    if kind.__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        return encode(value.item(), strict=strict)  # type: ignore[attr-defined]
    return {"t": "opaque", "v": [kind.__name__, repr(value)[:_LONGEST_TEXT]]}


def decode(form: Json) -> object:
    """Returns the value that a JSON form stands for.

    Raises:
        ValueError: It stands for none.
    """
    if isinstance(form, list):
        return [decode(entry) for entry in form]
    if not isinstance(form, dict):
        return form
    if set(form) != {"t", "v"} or form["t"] not in _READERS:
        raise ValueError(f"expected a typed value, found {form!r:.80}")
    try:
        return _READERS[form["t"]](form["v"])
    except (TypeError, OverflowError) as error:
        raise ValueError(f"expected a typed value, found {form!r:.80}") from error


def literal(value: object) -> str:
    """Returns the text that `ast.literal_eval` reads as the value; raises ValueError where there is none."""
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"{text[:80]}: no literal") from error
    return text


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(codes: list[int]) -> str:
    return "".join(map(chr, codes))


def _opaque(form: list[str]) -> Opaque:
    kind, text = form
    return Opaque(str(kind), str(text))


_READERS: dict[str, Callable[..., object]] = {
    "tuple": lambda entries: tuple(map(decode, entries)),
    "set": lambda entries: set(map(decode, entries)),
    "dict": lambda pairs: {decode(key): decode(entry) for key, entry in pairs},
    "int": lambda text: int(text, 16),
    "float": float,
    "bytes": bytes.fromhex,
    "str": _text,
    "opaque": _opaque,
}
