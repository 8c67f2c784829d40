"""Tells what is wrong with a value by a JSON schema. The only file that imports jsonschema.

Schemas come from tools, which nobody trusts: no pattern is run (those are checked inside), and a check ends
after so many steps. References lead nowhere else: whoever stores a schema has seen to that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from itertools import islice
from typing import Any

import numpy as np
from jsonschema import Draft202012Validator, validators  # type: ignore[import-untyped]
from jsonschema.exceptions import SchemaError, ValidationError, relevance  # type: ignore[import-untyped]

STEPS = 200_000  # keywords looked at, of one check: some seconds at most
ERRORS = 20  # looked at, to tell the one that matters
SHOWN = 80  # characters of a value in a message
# Other keywords would match names of keys against patterns, or look where they need not.
_REFUSED = frozenset({"$dynamicRef", "patternProperties", "unevaluatedItems", "unevaluatedProperties"})
_NOTES = frozenset(
    {
        "$defs", "description", "default", "examples", "format", "deprecated", "readOnly", "writeOnly",
        "contentEncoding", "contentMediaType", "contentSchema",
    }
)  # fmt: skip
KEYWORDS = (frozenset(Draft202012Validator.VALIDATORS) | _NOTES) - _REFUSED

_EXPECTED: dict[str, Callable[[Any], str]] = {
    "type": lambda kinds: " or ".join(kinds) if isinstance(kinds, list) else str(kinds),
    "enum": lambda choices: "one of " + ", ".join(map(repr, choices)),
    "const": repr,
    "minimum": lambda least: f"at least {least}",
    "maximum": lambda most: f"at most {most}",
    "exclusiveMinimum": lambda bound: f"more than {bound}",
    "exclusiveMaximum": lambda bound: f"less than {bound}",
    "multipleOf": lambda step: f"a multiple of {step}",
    "minLength": lambda least: f"{least} characters or more",
    "maxLength": lambda most: f"{most} characters or fewer",
    "minItems": lambda least: f"{least} items or more",
    "maxItems": lambda most: f"{most} items or fewer",
    "items": lambda _: "no more items",
    "uniqueItems": lambda _: "items that all differ",
    "required": lambda names: "the keys " + ", ".join(names),
}
_steps_left: ContextVar[list[int]] = ContextVar("_steps_left")


class _TooLong(Exception):
    """The check has used up its steps."""


class SchemaCheck:
    """Tells what is wrong with values of one schema.

    Args:
        schema: A JSON schema.
        whole: Whether a float without a fraction is an integer. As an argument it might not be one to the
            tool's own code; as a result it equals one.
    """

    def __init__(self, schema: Any, *, whole: bool = False) -> None:  # noqa: ANN401 - any JSON
        self._validator = (_WithWholeFloats if whole else _Validator)(schema)

    def problem(self, value: object) -> str | None:
        """Returns "place: expected ..., found ..." for what is wrong; None where nothing is."""
        _steps_left.set([STEPS])
        try:
            found = islice(self._validator.iter_errors(value), ERRORS)
            error = max(found, key=relevance, default=None)
        except (_TooLong, RecursionError):
            return f"expected a value that can be checked in {STEPS} steps, found {_shown(value)}"
        return None if error is None else _told(error)


def require_schema(schema: Any) -> None:  # noqa: ANN401 - any JSON
    """Raises `ValueError` where it is no JSON schema."""
    try:
        Draft202012Validator.check_schema(schema)
    except (SchemaError, RecursionError) as error:
        raise ValueError(f"expected a JSON schema: {error!s:.300}") from error


def _told(error: ValidationError) -> str:
    """Returns the error in the house's words: for a union all that would have done, or what is wrong within.

    What is meant is a part of the union whose own mark (a constant) is there, and which fits the farthest.
    """
    unmeant = {child.schema_path[0] for child in error.context if child.validator in ("const", "enum")}
    meant = [child for child in error.context if child.schema_path[0] not in unmeant] or error.context
    deepest = max(meant, key=lambda child: len(child.relative_path), default=error)
    if deepest.relative_path and deepest is not error:
        return _told(deepest)
    place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
    return f"{place.lstrip('.') or 'value'}: expected {_expected(error)}, found {_shown(error.instance)}"


def _expected(error: ValidationError) -> str:
    if error.context:
        return " or ".join(dict.fromkeys(map(_expected, error.context)))
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = ", ".join(error.schema.get("properties", {}))
        return f"no keys but {known or 'none'}"
    tell = _EXPECTED.get(str(error.validator))
    return tell(error.validator_value) if tell else error.message[:SHOWN]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _counted(check: Callable[..., Any]) -> Callable[..., Iterator[ValidationError]]:
    """Returns a keyword's check that counts its steps."""

    def step(validator: Any, *rest: Any) -> Iterator[ValidationError]:  # noqa: ANN401 - jsonschema's interface
        left = _steps_left.get()
        left[0] -= 1
        if left[0] < 0:
            raise _TooLong
        return check(validator, *rest) or iter(())

    return step


def _check_items(validator: Any, items: Any, value: Any, schema: Any) -> Iterable[ValidationError]:  # noqa: ANN401
    """Checks items one by one, unless it can be seen at once that all are right."""
    if isinstance(value, np.ndarray) or not validator.is_type(value, "array"):
        return ()
    known = items.get("type") if isinstance(items, dict) and len(items) == 1 else None
    if isinstance(known, str) and all(validator.is_type(entry, known) for entry in value):
        return ()
    found: Iterable[ValidationError] = Draft202012Validator.VALIDATORS["items"](
        validator, items, value, schema
    )
    return found


def _is_array(_checker: object, value: object) -> bool:
    is_numbers = isinstance(value, np.ndarray) and value.dtype.kind in "biuf"
    return is_numbers or isinstance(value, list | tuple)


def _is_integer(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES = Draft202012Validator.TYPE_CHECKER.redefine("array", _is_array)
_WithWholeFloats = validators.extend(
    Draft202012Validator,
    {
        **{name: _counted(check) for name, check in Draft202012Validator.VALIDATORS.items()},
        "items": _counted(_check_items),
        "pattern": lambda *_: (),
    },
    type_checker=_TYPES,
)
_Validator = validators.extend(_WithWholeFloats, type_checker=_TYPES.redefine("integer", _is_integer))
