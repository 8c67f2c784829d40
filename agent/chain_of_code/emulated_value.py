"""Reads what a model gave for a call: a value of the type that the plan expects."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Iterator
from typing import Any, Literal, Union

from agent.request import Json
from language_models import Completion, JsonParser, ParseError, TextParser
from language_models.parser import Forms
from programs.json_form import json_form
from programs.value_type import TypeNotUnderstood, ValueType, parse_type

_WORD = re.compile(r"\w+")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w])")
_TRUTHS: dict[str, Json] = {"yes": True, "no": False, "true": True, "false": False}
_LEAVES: dict[str, Any] = {
    "bool": bool,
    "int": int,
    "float": float,
    "str": str,
    "none": None,
    "any": Any,
}


class ValueParser:
    """Reads a value; asked for as `{"value": ...}`, taken as bare JSON or as bare text as well.

    Args:
        annotation: Of its type; what JSON has no word for is any JSON.
    """

    def __init__(self, annotation: str) -> None:
        self._type = _type_of(annotation)
        kind = _kind(self._type)
        self._wrapped: JsonParser[Any] = JsonParser(dataclasses.make_dataclass("Reply", [("value", kind)]))
        self._bare: JsonParser[Any] = JsonParser(kind)

    @property
    def forms(self) -> Forms:
        """Asks for an object with the value."""
        return self._wrapped.forms

    def parse(self, reply: Completion) -> Json:
        """Returns the value as JSON; raises `ParseError`."""
        try:
            return json_form(self._wrapped.parse(reply).value)
        except ParseError as error:
            if reply.finish_reason == "length":
                raise
            for text in self._readings(TextParser().parse(reply)):
                try:
                    return json_form(self._bare.parse(Completion(text, reply.finish_reason)))
                except ParseError:
                    continue
            raise error

    def _readings(self, text: str) -> Iterator[str]:
        """Yields JSON that a bare text may stand for."""
        yield text
        word = text.strip().strip(".`'\"").strip()
        if self._type.kind == "bool" and (first := _WORD.match(word.casefold())):
            yield json.dumps(_TRUTHS.get(first[0]))
        if {kind.kind for kind in self._type.items or (self._type,)} <= {"int", "float"}:
            yield from numbers if len(numbers := _NUMBER.findall(text)) == 1 else []
        yield word
        if text[:1] not in ("{", "["):  # JSON of another type is no text
            alike = (entry for entry in self._type.choices if str(entry).casefold() == word.casefold())
            yield json.dumps(next(alike, word))


def fits(annotation: str, value: Json) -> bool:
    """Tells whether a JSON value is of a type."""
    try:
        _bare(annotation).read(value)
    except ParseError:
        return False
    return True


@functools.cache
def _bare(annotation: str) -> JsonParser[Any]:
    return JsonParser(_kind(_type_of(annotation)))


def _type_of(annotation: str) -> ValueType:
    text = annotation.strip().strip("'\"")
    for name in ("frozenset", "set", "Set"):
        if text == name or text.startswith(f"{name}["):
            text = f"list{text.removeprefix(name)}"
    try:
        return parse_type(text)
    except TypeNotUnderstood:
        return ValueType("any")


def _kind(found: ValueType) -> Any:  # noqa: ANN401 - a type as pydantic knows it
    if found.kind in _LEAVES:
        return _LEAVES[found.kind]
    if found.kind == "literal":
        return Literal.__getitem__(found.choices)
    items: Any = tuple(map(_kind, found.items))
    if found.kind == "union":
        return Union.__getitem__(items)
    if found.kind == "dict":
        return dict.__class_getitem__((str, items[0] if items else Any))
    if found.kind == "tuple" and items and not found.repeats:
        return tuple.__class_getitem__(items)
    return list.__class_getitem__(items[0] if items else Any)
