"""Links: how calls of one tool may become calls of another, its other parameters bound to constants."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice, product
from typing import Any

from programs.code_manipulation import parse
from tool_bank.signature import Parameter
from tool_bank.tool import Tool

MOST_LINKS = 64  # tried for one pair of tools
MOST_CONSTANTS = 8  # tried for one parameter

_KINDS = {
    "number": ("int", "float", "complex", "bool"),
    "text": ("str", "bytes"),
    "list": ("list", "tuple", "set", "frozenset", "Sequence", "Iterable"),
    "dict": ("dict", "Mapping"),
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names}


@dataclass(frozen=True)
class Link:
    """A way from calls of a special tool to calls of a general one.

    Attributes:
        renamed: From each parameter of the special tool to the general one's.
        bound: The general tool's other parameters, each with the value that it always has.
    """

    renamed: Mapping[str, str]
    bound: Mapping[str, Any] = field(default_factory=dict)

    def there(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Returns the general tool's arguments for those of the special one."""
        return {**{self.renamed[name]: value for name, value in arguments.items()}, **self.bound}

    def back(self, arguments: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any] | None:
        """Returns the special tool's arguments for those of the general one; None where it has none such."""
        for name, value in self.bound.items():
            found = arguments[name] if name in arguments else defaults.get(name)
            if _text(found) != _text(value):
                return None
        names = {there: here for here, there in self.renamed.items()}
        mapped = {name: value for name, value in arguments.items() if name not in self.bound}
        return {names[n]: v for n, v in mapped.items()} if mapped.keys() <= names.keys() else None


def links(special: Tool, general: Tool, seen: Mapping[str, Iterable[Any]]) -> Iterator[Link]:
    """Yields the links from a tool to one that takes as many parameters or more, the likeliest first.

    Args:
        special: Takes no more parameters than the other.
        general: Its parameters that are left over are bound.
        seen: Values that a parameter of the general tool was given in tests.
    """
    yield from islice(_links(special, general, seen), MOST_LINKS)


def _links(special: Tool, general: Tool, seen: Mapping[str, Iterable[Any]]) -> Iterator[Link]:
    here, there = special.signature.parameters, general.signature.parameters
    defaults = literal_defaults(general)
    for chosen in _choices(here, there):
        pairs = list(zip(here, chosen, strict=True))
        if not _is_possible(special, general, pairs):
            continue
        rest = [q.name for q in there if q not in chosen]
        constants = [_constants(name, special, seen, defaults) for name in rest]
        for values in product(*constants):
            yield Link({p.name: q.name for p, q in pairs}, dict(zip(rest, values, strict=True)))


def literal_defaults(tool: Tool) -> dict[str, Any]:
    """Returns the defaults of a tool's parameters, as far as JSON carries them."""
    found = {}
    for name, text in _defaults(tool).items():
        try:
            found[name] = ast.literal_eval(text)
            json.dumps(found[name], allow_nan=False)
        except (ValueError, TypeError, SyntaxError):
            found.pop(name, None)
    return found


def _choices(here: Sequence[Parameter], there: Sequence[Parameter]) -> Iterator[tuple[Parameter, ...]]:
    """Yields which parameters of the one stand for those of the other: by name, then in order."""
    by_name = {parameter.name: parameter for parameter in there}
    if all(parameter.name in by_name for parameter in here):
        yield tuple(by_name[parameter.name] for parameter in here)
    yield from combinations(there, len(here))


def _is_possible(special: Tool, general: Tool, pairs: Iterable[tuple[Parameter, Parameter]]) -> bool:
    """Returns whether the types may be the same, and what is left out means the same."""
    mine, theirs = _defaults(special), _defaults(general)
    return all(
        (p.required or mine[p.name] == theirs.get(q.name)) and _may_be_one(p.annotation, q.annotation)
        for p, q in pairs
    )


def _may_be_one(annotation: str | None, other: str | None) -> bool:
    kinds = {_KIND_OF.get((text or "").partition("[")[0].rpartition(".")[2]) for text in (annotation, other)}
    return len(kinds - {None}) < 2


def _constants(
    name: str, special: Tool, seen: Mapping[str, Iterable[Any]], defaults: Mapping[str, Any]
) -> list[Any]:
    """Returns what a parameter may be bound to: its default, what it was given, what the special names."""
    found = [defaults[name]] if name in defaults else []
    found += [*seen.get(name, ()), *_literals(special.source)]
    return list({_text(value): value for value in found}.values())[:MOST_CONSTANTS]


def _literals(source: str) -> Iterator[Any]:
    """Yields the constants that a program names, docstrings left out."""
    tree = parse(source)
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=None | bool() | int() | float() | str() as value):
                if id(node) not in documentation:
                    yield value


def _defaults(tool: Tool) -> dict[str, str]:
    """Returns the text of each default value."""
    (node,) = parse(f"def f{tool.signature.text}:\n    pass\n").body
    assert isinstance(node, ast.FunctionDef)
    arguments = node.args
    named = zip(reversed(arguments.args), reversed(arguments.defaults), strict=False)
    only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return {argument.arg: ast.unparse(value) for argument, value in (*named, *only) if value is not None}


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
