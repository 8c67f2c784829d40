"""How a task is named in one text: "cap_set", or with its parameters "cap_set?n=8", as in an address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode

Parameter: TypeAlias = int | float | str

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]{1,3})?")


def with_parameters(task: str, parameters: Mapping[str, Parameter]) -> str:
    """Returns the reference of a task with more parameters."""
    known = parameters_of(task) | dict(parameters)
    return f"{name_of(task)}?{urlencode(known)}" if known else task


def name_of(reference: str) -> str:
    """Returns the name in a reference."""
    return reference.partition("?")[0]


def parameters_of(reference: str) -> dict[str, Parameter]:
    """Returns the parameters in a reference; what looks like a number is one."""
    pairs = parse_qsl(reference.partition("?")[2], keep_blank_values=True)
    return {name: _value(text) for name, text in pairs}


def _value(text: str) -> Parameter:
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
