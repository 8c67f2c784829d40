"""Parses replies that hold JSON, of a pydantic type or by a schema: lenient in form, strict in content."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from language_models.backend import Completion
from language_models.lenient_json import json_values
from language_models.parser import CUT_OFF, Form, Forms, ParseError, shown
from programs.strict_form import NotStrict, strict_form

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")

DATA = frozenset({"const", "enum", "examples", "required"})  # keywords whose values are no schemas
WRAPPED = "value"  # the key under which what is no object is asked for: endpoints want an object
MOST_ERRORS = 3  # told to the model at once


class JsonParser(Generic[T]):
    """Reads a value of a type: prose, fences and small faults of JSON are forgiven, wrong values are not.

    Whole numbers in quotes, say, are wrong numbers; dates, enumerations, tuples and sets are written as JSON
    has them. A reply that was cut off is never completed.

    Args:
        kind: What pydantic knows: a model, a dataclass, a TypedDict, `list[int]`, a union.
    """

    def __init__(self, kind: type[T] | Any) -> None:  # noqa: ANN401 - not every type is a class
        self._kind = kind

    def __repr__(self) -> str:
        return f"JsonParser({self._name})"

    @property
    def forms(self) -> Forms:
        """A schema to hold to, or else the schema in words."""
        return self._forms

    def parse(self, reply: Completion) -> T:
        """Returns the value; raises `ParseError`."""
        return _first_right(reply, self.read, f"JSON for {self._name}")

    def read(self, value: object) -> T:
        """Returns a JSON value as the type has it; raises `ParseError`."""
        if self._is_wrapped and isinstance(value, dict) and value.keys() == {WRAPPED}:
            value = value[WRAPPED]
        try:
            return self._validated(value)
        except ParseError:
            bare = without_stand_ins(value, self.schema)
            if bare == value:
                raise
        return self._validated(bare)

    def _validated(self, value: object) -> T:
        from pydantic import ValidationError

        try:
            text = json.dumps(value, allow_nan=False)
        except (ValueError, RecursionError):
            raise ParseError(f"JSON for {self._name}", "a number that JSON has no word for") from None
        try:
            return self._adapter.validate_json(text, strict=True)
        except ValidationError as error:
            raise _told(self._name, error) from None

    @cached_property
    def _adapter(self) -> TypeAdapter[T]:
        from pydantic import TypeAdapter

        return cast("TypeAdapter[T]", TypeAdapter(self._kind))

    @cached_property
    def _own_schema(self) -> dict[str, Any]:
        return _inlined(self._adapter.json_schema())

    @cached_property
    def _is_wrapped(self) -> bool:
        return self._own_schema.get("type") != "object"

    @cached_property
    def schema(self) -> dict[str, Any]:
        """JSON schema of an object: of the type, or of what holds its value."""
        return _wrapped(self._own_schema) if self._is_wrapped else self._own_schema

    @cached_property
    def _forms(self) -> Forms:
        return schema_forms(self.schema)

    @cached_property
    def _name(self) -> str:
        return self._kind.__name__ if isinstance(self._kind, type) else str(self._kind)


class SchemaParser:
    """Reads a JSON object that keeps to a JSON schema, as stored tools and requests have one.

    Args:
        schema: Of an object; patterns are not checked here.
    """

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = dict(schema)
        self.forms = schema_forms(self._schema)

    def parse(self, reply: Completion) -> dict[str, Any]:
        """Returns the object; raises `ParseError`."""
        return _first_right(reply, self.read, "a JSON object")

    def read(self, value: object) -> dict[str, Any]:
        """Returns the object, without nulls that stand for what is left out; raises `ParseError`."""
        from programs.schema_check import SchemaCheck

        if not isinstance(value, dict):
            raise ParseError("a JSON object", shown(json.dumps(value)))
        check = SchemaCheck(self._schema)
        problem = check.problem(value)
        if problem is None:
            return value
        bare = without_stand_ins(value, self._schema)
        if bare == value or check.problem(bare) is not None:
            expected, _, found = problem.partition(", found ")
            raise ParseError(expected.replace("expected ", "", 1), found or shown(json.dumps(value)))
        return cast("dict[str, Any]", bare)


def _first_right(reply: Completion, read: Callable[[object], T], expected: str) -> T:
    """Returns the first value of a reply that is right; raises what was wrong with the likeliest."""
    first: ParseError | None = None
    is_cut_off = reply.finish_reason == "length"
    for value in json_values(reply.text, is_cut_off=is_cut_off):
        try:
            return read(value)
        except ParseError as error:
            first = first or error
    if is_cut_off:
        raise ParseError(expected, f"{CUT_OFF}: {shown(reply.text)}")
    raise first or ParseError(expected, shown(reply.text))


def schema_forms(schema: dict[str, Any]) -> Forms:
    """Returns the forms for a schema of an object.

    The words name it in each: a grammar holds a model to the schema, and tells it nothing.
    """
    words = f"Answer with JSON that keeps to this schema and nothing else:\n{_short(schema)}"
    whole: dict[str, Any] = _all_said(schema)
    try:
        strict = strict_form(whole) if "properties" in whole else whole
    except NotStrict:
        strict = whole
    return Forms((Form(words, schema=strict), Form(words)))


def _all_said(node: Any) -> Any:  # noqa: ANN401 - any part of a schema
    """Returns a schema by which nothing is left out: so strict mode wants it, and what is said is seen."""
    if isinstance(node, list):
        return [_all_said(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    said = {
        key: entry if key in DATA else _all_said(entry) for key, entry in node.items() if key != "default"
    }
    if isinstance(said.get("properties"), dict):
        said["properties"] = {name: _all_said(entry) for name, entry in node["properties"].items()}
        said["required"] = list(said["properties"])
    return said


def without_stand_ins(value: object, schema: Mapping[str, Any]) -> object:
    """Returns an object without nulls where it may say nothing: strict mode has it said as null."""
    if not isinstance(value, dict):
        return value
    needed = schema.get("required", ())
    return {key: entry for key, entry in value.items() if entry is not None or key in needed}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema of which the root is no mere reference, and without titles."""
    from programs.callable_schema import plain_schema

    plain = plain_schema(schema)
    definitions = plain.get("$defs", {})
    while "$ref" in plain:
        rest = {key: entry for key, entry in plain.items() if key != "$ref"}
        plain = {**definitions[plain["$ref"].removeprefix("#/$defs/")], **rest}
    return plain


def _wrapped(schema: dict[str, Any]) -> dict[str, Any]:
    definitions = {"$defs": schema["$defs"]} if "$defs" in schema else {}
    inner = {key: entry for key, entry in schema.items() if key != "$defs"}
    return {
        "type": "object",
        "properties": {WRAPPED: inner},
        "required": [WRAPPED],
        "additionalProperties": False,
        **definitions,
    }


def _short(schema: dict[str, Any]) -> str:
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _told(name: str, error: ValidationError) -> ParseError:
    """Returns pydantic's errors in a line: where, what was expected, what was found."""
    problems = error.errors(include_url=False, include_context=False)
    told = [
        f"{'.'.join(map(str, entry['loc'])) or 'value'}: {entry['msg']}" for entry in problems[:MOST_ERRORS]
    ]
    more = f" and {len(problems) - MOST_ERRORS} more" if len(problems) > MOST_ERRORS else ""
    return ParseError(
        f"JSON for {name}",
        f"{'; '.join(told)}{more}, in {shown(json.dumps(problems[0]['input'], default=str))}",
    )
