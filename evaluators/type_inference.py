"""The types of a tool's parameters: as annotated, else as its examples and its description show them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from evaluators.docstring_hints import Hints
from programs.tool_signature import Parameter, ToolSignature
from programs.value_type import ANY, ValueType

_INT, _FLOAT, _STR, _BOOL = (ValueType(kind) for kind in ("int", "float", "str", "bool"))
_INTS, _STRS = ValueType("list", (_INT,)), ValueType("list", (_STR,))
_PLAIN = {bool: _BOOL, int: _INT, float: _FLOAT, str: _STR, type(None): ValueType("none")}

# What unannotated parameters tend to be: by their names first, then by what the description speaks of.
_NAMES: tuple[tuple[str, ValueType], ...] = (
    (r"words|strings|strs|names|texts|lines|tokens|tags|keys", _STRS),
    (r"l|ls|lst|list\d*|arr|array|nums|numbers|values|items|xs|seq\w*|\w+_list|grades|scores|ints", _INTS),
    (r"s|s\d|str|string\w*|\w*text\w*|word|sentence|message|name|line|phrase|path|url|date|time|key", _STR),
    (r"[abckmnxyz]|num|number|count|size|length|width|height|year|limit|step|index|i|j|decimal", _INT),
)
_WORDS: tuple[tuple[str, ValueType], ...] = (
    (r"(?:list|array|sequence) of (?:strings|words|texts|names)", _STRS),
    (r"\blist\b|\barray\b|\bsequence\b|\belements\b", _INTS),
    (r"\bstring\b|\btext\b|\bword\b|\bsentence\b|\bcharacters?\b", _STR),
    (r"\binteger\b|\bnumber\b|\bdigits?\b", _INT),
)
_MIXTURE = ValueType("union", (_INT, _STR, _INTS, _STRS))


def parameter_types(
    signature: ToolSignature, calls: Sequence[Sequence[object]], hints: Hints, description: str
) -> tuple[ValueType, ...]:
    """Returns one type per parameter, as narrow as what is known allows.

    Args:
        signature: Its annotations hold.
        calls: Arguments of known calls, such as the examples'.
        hints: Values that the description mentions.
        description: In words.
    """
    fitting = [call for call in calls if len(call) == len(signature.parameters)]
    return tuple(
        _parameter_type(parameter, [call[index] for call in fitting], hints, description)
        for index, parameter in enumerate(signature.parameters)
    )


def common_type(values: Iterable[object]) -> ValueType:
    """Returns the narrowest type that all the values are of; anything where there is none."""
    kinds: dict[type, list[object]] = {}
    for value in values:
        kinds.setdefault(type(value), []).append(value)
    types = [_type_of(kind, found) for kind, found in kinds.items()]
    if not types:
        return ANY
    return types[0] if len(types) == 1 else ValueType("union", tuple(types))


def refined(declared: ValueType, values: Sequence[object]) -> ValueType:
    """Returns a declared type whose open places are filled as the values show."""
    if declared.kind == "any":
        return common_type(values)
    if declared.kind in ("list", "dict") or declared.repeats:
        inside = [entry for value in values for entry in _entries(value)]
        item = refined(declared.items[0] if declared.items else ANY, inside)
        if declared.items and declared.items[0].kind == "any":  # said, not left open
            item = ValueType("union", (item, ANY))
        return ValueType(declared.kind, (item,), repeats=declared.repeats)
    return declared


def _parameter_type(parameter: Parameter, values: list[object], hints: Hints, description: str) -> ValueType:
    values = values or [v for v in hints.values_of(parameter.name) if parameter.type.accepts(v)]
    found = refined(parameter.type, values)
    if not _is_open(found):
        return found
    guess = _guess(parameter.name, description)
    return guess if found.kind == "any" or guess.kind == found.kind else found


def _is_open(kind: ValueType) -> bool:
    return kind.kind == "any" or (kind.kind == "list" and _is_open(kind.items[0]))


def _guess(name: str, description: str) -> ValueType:
    for pattern, kind in _NAMES:
        if re.fullmatch(pattern, name.lower()):
            return kind
    for pattern, kind in _WORDS:
        if re.search(pattern, description.lower()):
            return kind
    return _MIXTURE


def _type_of(kind: type, values: list[object]) -> ValueType:
    if kind in _PLAIN:
        return _PLAIN[kind]
    if kind is list:
        return ValueType("list", (common_type(entry for value in values for entry in _entries(value)),))
    if kind is dict:
        return ValueType("dict", (common_type(entry for value in values for entry in _entries(value)),))
    if kind is tuple:
        lengths = {len(value) for value in values if isinstance(value, tuple)}
        if len(lengths) == 1:
            columns = zip(*(value for value in values if isinstance(value, tuple)), strict=True)
            return ValueType("tuple", tuple(map(common_type, columns)))
        inside = common_type(entry for value in values for entry in _entries(value))
        return ValueType("tuple", (inside,), repeats=True)
    return ANY


def _entries(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
