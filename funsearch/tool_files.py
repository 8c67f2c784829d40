"""Specifications of tools in TOML files, one tool a file, with the fields of `ToolSpecification`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from programs import ToolSpecification, ToolSpecificationError
from programs.value_type import parse_type

_REQUIRED = ("name", "description")
_FIELDS = {
    "name": "str", "description": "str", "signature": "str", "examples": "list[str]", "precondition": "str",
    "requests": "list[str]", "imports": "list[str]", "any_order": "bool",
}  # fmt: skip


def load(path: str | Path) -> ToolSpecification:
    """Returns the specification that a file holds.

    Raises:
        ToolSpecificationError: The file cannot be read, is no TOML, lacks a field, has one that no
            specification has, or one that cannot be worked with; the message names the file and the field.
    """
    try:
        fields = tomllib.loads(Path(path).read_text("utf-8"))
        _check_names(fields)
        for name, value in fields.items():
            _check_type(name, value)
        return ToolSpecification(**{name: _frozen(value) for name, value in fields.items()})
    except OSError as error:
        raise ToolSpecificationError(f"{path}: expected a TOML file: {error.strerror}") from error
    except ValueError as error:  # no UTF-8, no TOML, or no specification
        raise ToolSpecificationError(f"{path}: {error}") from error


def _check_names(fields: Iterable[str]) -> None:
    for name in fields:
        if name not in _FIELDS:
            close = difflib.get_close_matches(name, _FIELDS, n=1)
            mend = f"did you mean {close[0]}?" if close else f"expected {', '.join(_FIELDS)}"
            raise ToolSpecificationError(f"unknown field {name!r}; {mend}")
    for name in _REQUIRED:
        if name not in fields:
            raise ToolSpecificationError(f"{name}: missing")


def _check_type(name: str, value: object) -> None:
    if not parse_type(_FIELDS[name]).accepts(value):
        raise ToolSpecificationError(f"{name}: expected {_FIELDS[name]}, found {value!r:.80}")


def _frozen(value: Any) -> Any:  # noqa: ANN401 - what TOML can hold, checked by now
    return tuple(value) if isinstance(value, list) else value
