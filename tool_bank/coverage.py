"""Whether the bank has a tool for a request at all, as a probability, and whether its arguments would fit.

A threshold on the best score alone duplicates tools and misses gaps. The probability is a logistic one of
three figures: how near the best hit is in meaning, what share of the request's words it has, and how far it
leads the next five (where nothing fits, many fit a little). It was fitted to the development parts of
MetaTool and BFCL, of equal weight, each request asked once of the whole bank and once of the bank without
the right tools: `python -m experiments.fit_coverage FILE.jsonl ...` prints the weights and what they tell.

It stays a guess, so what can be checked is: arguments of the request must fit the tool's parameters.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sandbox.interface import Value
from tool_bank.ranking import Hit
from tool_bank.signature import Parameter
from tool_bank.tool import Tool

NEXT = 5  # hits that the best one is compared with
HITS = NEXT + 1  # that `coverage` wants
INTERCEPT, NEARNESS, SHARE, LEAD = -2.16, 1.87, 0.63, 5.35

Arguments = Sequence[Value] | Mapping[str, Value]

# What a parameter takes, by the outermost name of its annotation; of other names nothing is known.
_TAKES: Mapping[str, tuple[type, ...]] = {
    "int": (int,),
    "float": (int, float),
    "complex": (int, float, complex),
    "str": (str,),
    "bool": (bool,),
    "bytes": (bytes,),
    "list": (list,),
    "List": (list,),
    "Sequence": (list, tuple, str),
    "tuple": (tuple, list),
    "dict": (dict,),
    "Dict": (dict,),
    "Mapping": (dict,),
    "set": (set, list),
    "None": (type(None),),
    "ndarray": (np.ndarray, list),
    "NDArray": (np.ndarray, list),
}


@dataclass(frozen=True)
class Figures:
    """What tells whether a request's best hit answers it; see the head of this file."""

    nearness: float
    share: float
    lead: float


def figures(hits: Sequence[Hit]) -> Figures:
    """Returns the figures of at least one hit, the best first."""
    best, *others = hits[:HITS]
    behind = sum(hit.score for hit in others) / NEXT
    return Figures(best.nearness, best.share, best.score - behind)


def coverage(hits: Sequence[Hit]) -> float:
    """Returns the probability that a tool among all that were ranked answers the request."""
    if not hits:
        return 0.0
    found = figures(hits)
    logit = INTERCEPT + NEARNESS * found.nearness + SHARE * found.share + LEAD * found.lead
    return 1 / (1 + math.exp(-logit))


def fits(tool: Tool, arguments: Arguments) -> bool:
    """Tells whether a tool could be called with these arguments, by name or by position.

    Only what its signature says for sure counts against it: number, names, and types that it names.
    """
    parameters = tool.signature.parameters
    if not isinstance(arguments, Mapping):
        if len(arguments) > len(parameters):
            return False
        arguments = {parameter.name: value for parameter, value in zip(parameters, arguments, strict=False)}
    by_name = {parameter.name: parameter for parameter in parameters}
    missing = {name for name, parameter in by_name.items() if parameter.required} - arguments.keys()
    return not missing and all(
        name in by_name and _takes(by_name[name], value) for name, value in arguments.items()
    )


def _takes(parameter: Parameter, value: Value) -> bool:
    names = _outermost(ast.parse(parameter.annotation, mode="eval").body) if parameter.annotation else set()
    if not names or not names <= _TAKES.keys():
        return True
    if isinstance(value, bool):  # an int by its class alone
        return "bool" in names
    return any(isinstance(value, _TAKES[name]) for name in names)


def _outermost(node: ast.expr) -> set[str]:
    """Returns the names of the types that an annotation allows: {"list", "None"} for `list[int] | None`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return {name}
        case ast.Constant(value=None):
            return {"None"}
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _outermost(left) | _outermost(right)
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return _outermost(inner) | {"None"}
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=parts)):
            return set().union(*map(_outermost, parts))
        case ast.Subscript(value=outer):
            return _outermost(outer)
    return {ast.unparse(node)}
