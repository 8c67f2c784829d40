"""Finds what cannot hold together, as far as that can be computed without running anything.

Two sentences of which one is the plain negation of the other; and comparisons with literals, such as
`answer > 5` and `answer < 2`, which together leave no value of their subject.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from agent.errors import RequestRefused
from programs.code_manipulation import expression_of

MOST_FACTS = 1_000  # compared, each with each of the same subject

_FILLERS = frozenset(
    {
        "please", "kindly", "you", "must", "should", "shall", "may", "can", "will", "always", "do", "does",
        "did", "the", "a", "an",
    }
)  # fmt: skip
_NEGATORS = frozenset({"not", "never", "no", "without", "cannot"})
_WORD = re.compile(r"[^\W_]+(?:[_.'-]?[^\W_]+)*|[<>=+*/%-]+")
_CONTRACTIONS = {"can't": "can not", "won't": "will not", "shan't": "shall not", "cannot": "can not"}


@dataclass(frozen=True)
class Contradiction:
    """Two sentences that cannot both hold; they may be one and the same.

    Attributes:
        field: Where the second stands.
        one: As it was written.
        other: As well.
    """

    field: str
    one: str
    other: str

    def __str__(self) -> str:
        if self.one == self.other:
            return f"{self.one!r:.300}, which contradicts itself"
        return f"{self.one!r:.300} and {self.other!r:.300}"

    @property
    def refusal(self) -> RequestRefused:
        """What is told to whoever said both."""
        return RequestRefused(
            f"{self.field}: expected what can hold together, found {self}; take one of them back"
        )


def contradiction(requirements: Sequence[str], constraints: Sequence[str]) -> Contradiction | None:
    """Returns the first contradiction of requirements and constraints, None where none was found."""
    told = [("requirements", text) for text in requirements if not _has_literals(text)]
    told += [("constraints", text) for text in constraints]
    return _of_sentences(told) or _of_expressions(requirements)


def _of_sentences(told: Sequence[tuple[str, str]]) -> Contradiction | None:
    said: dict[tuple[str, ...], tuple[bool, str]] = {}
    for field, text in told:
        for sentence in re.split(r"[.;!?](?:\s+|$)|\n+", text):
            for words, is_affirmed in _claims(sentence):
                before, first = said.setdefault(words, (is_affirmed, text))
                if words and before != is_affirmed:
                    return Contradiction(field, first, text)
    return None


def _claims(sentence: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yields the words of a sentence without its negations, and whether they leave it affirmed.

    What is said of "only" something is said of that thing as well.
    """
    text = sentence.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for short, whole in _CONTRACTIONS.items():
        text = text.replace(short, whole)
    words = _WORD.findall(re.sub(r"n't\b", " not", text))
    negations = sum(word in _NEGATORS for word in words)
    kept = tuple(
        "with" if word == "without" else word
        for word in words
        if word == "without" or word not in _FILLERS | _NEGATORS
    )
    is_affirmed = negations % 2 == 0
    yield kept, is_affirmed
    if is_affirmed and "only" in kept:
        yield tuple(word for word in kept if word != "only"), True


@dataclass(frozen=True)
class _Fact:
    """A comparison of a subject with a literal.

    Attributes:
        subject: The expression, as `ast.dump` writes it.
        relation: Such as "==", "<" or "in".
        value: The literal.
        text: The requirement that says so.
    """

    subject: str
    relation: str
    value: Any
    text: str


_RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "==",
    ast.IsNot: "!=", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE = {
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in",
}  # fmt: skip
_HOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge, "in": lambda one, other: one in other, "not in": lambda one, other: one not in other,
}  # fmt: skip


def _of_expressions(requirements: Sequence[str]) -> Contradiction | None:
    facts: dict[str, list[_Fact]] = {}
    for other in islice((fact for text in requirements for fact in _facts(text)), MOST_FACTS):
        of_subject = facts.setdefault(other.subject, [])
        for one in of_subject:
            if _exclude(one, other):
                return Contradiction("requirements", one.text, other.text)
        of_subject.append(other)
    return None


def _facts(text: str) -> Iterator[_Fact]:
    expression = expression_of(text)
    if expression is not None:
        yield from _of_node(expression, text, is_affirmed=True)


def _has_literals(text: str) -> bool:
    """Returns whether a text is an expression with data in it: `'no' in answer` denies nothing."""
    expression = expression_of(text)
    return expression is not None and any(isinstance(node, ast.Constant) for node in ast.walk(expression))


def _of_node(node: ast.expr, text: str, *, is_affirmed: bool) -> Iterator[_Fact]:
    match node:
        case ast.UnaryOp(op=ast.Not()):
            yield from _of_node(node.operand, text, is_affirmed=not is_affirmed)
        case ast.BoolOp() if isinstance(node.op, ast.And) == is_affirmed:  # not (a or b): not a, and not b
            for value in node.values:
                yield from _of_node(value, text, is_affirmed=is_affirmed)
        case ast.Compare() if is_affirmed or len(node.ops) == 1:
            sides = [node.left, *node.comparators]
            for left, relation, right in zip(sides, node.ops, sides[1:], strict=False):
                yield from _of_comparison(left, relation, right, text, is_affirmed=is_affirmed)
        case ast.Name() | ast.Call() | ast.Attribute() | ast.Subscript():
            yield _Fact(f"bool {ast.dump(node)}", "==", is_affirmed, text)


def _of_comparison(
    left: ast.expr, op: ast.cmpop, right: ast.expr, text: str, *, is_affirmed: bool
) -> Iterator[_Fact]:
    relation = _RELATIONS[type(op)]
    if not is_affirmed:
        relation = _OPPOSITE[relation]
    try:
        yield _Fact(ast.dump(left), relation, ast.literal_eval(right), text)
        return
    except (ValueError, TypeError):
        pass
    try:
        if relation in _MIRRORED:
            yield _Fact(ast.dump(right), _MIRRORED[relation], ast.literal_eval(left), text)
            return
    except (ValueError, TypeError):
        pass
    whole = f"{ast.dump(left)} {relation.removeprefix('not ')} {ast.dump(right)}"
    if "in" in relation:
        yield _Fact(whole, "==", not relation.startswith("not"), text)


def _exclude(one: _Fact, other: _Fact) -> bool:
    """Returns whether no value can keep both; what cannot be compared is taken to go together."""
    try:
        return _one_value(one, other) or _one_value(other, one) or _apart(one, other) or _apart(other, one)
    except TypeError:
        return False


def _one_value(one: _Fact, other: _Fact) -> bool:
    """Returns whether the values that the first leaves are few, and the second holds for none of them."""
    if one.relation == "==":
        left = [one.value]
    elif one.relation == "in" and isinstance(one.value, list | tuple | set | dict):
        left = list(one.value)
    else:
        return False
    return not any(_HOLDS[other.relation](value, other.value) for value in left)


def _apart(low: _Fact, high: _Fact) -> bool:
    """Returns whether one bounds from below, the other from above, and nothing lies between."""
    if low.relation not in (">", ">=") or high.relation not in ("<", "<="):
        return False
    touch = low.relation == ">=" and high.relation == "<="
    return bool(low.value > high.value or (low.value == high.value and not touch))
