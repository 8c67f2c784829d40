"""Which names stand for what at every place of a function."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from funsearch.syntax_tree import Role, Slot, children, own_slots
from programs.code_manipulation import FunctionNode, is_docstring


class Kind(Enum):
    """What a name stands for, as far as its annotation or its assignment tells."""

    NUMBER = "number"
    COUNTER = "counter"  # a whole number that counts the rounds of a loop
    ARRAY = "array"
    SEQUENCE = "sequence"  # of numbers
    OTHER = "other"


Scope = Mapping[str, Kind]

_SEQUENCES = frozenset(
    ("tuple", "list", "set", "frozenset", "Sequence", "Iterable", "Collection", "Tuple", "List")
)
_ARRAYS = frozenset(("ndarray", "NDArray", "ArrayLike"))
_NUMBERS = frozenset(("int", "float", "bool"))
_OTHERS = frozenset(("str", "bytes", "dict", "Mapping", "Callable", "Dict"))
_MAKES_SEQUENCES = frozenset(
    ("tuple", "list", "sorted", "zip", "range", "enumerate", "reversed", "set", "map")
)


@dataclass(frozen=True)
class Place:
    """A slot and the names that are bound there."""

    slot: Slot
    scope: Scope


@dataclass(frozen=True)
class Gap:
    """A position in a block where a statement may be inserted.

    Attributes:
        block: The statements, as the tree holds them.
        index: Before which of them.
        scope: The names that are bound there.
    """

    block: list[ast.stmt]
    index: int
    scope: Scope


@dataclass
class Survey:
    """Every place and gap of a function, in order of appearance."""

    places: list[Place] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @classmethod
    def of(cls, function: FunctionNode) -> Survey:
        """Returns the survey of a function."""
        survey = cls()
        survey._block(function.body, parameters_of(function))
        return survey

    def _block(self, block: list[ast.stmt], scope: Scope) -> Scope:
        for index, statement in enumerate(block):
            if not is_docstring(statement):
                self.gaps.append(Gap(block, index, scope))
            scope = self._statement(statement, scope)
        return scope

    def _statement(self, node: ast.stmt, scope: Scope) -> Scope:
        """Adds what is in a statement; returns the scope after it."""
        self._expression(node, scope)
        match node:
            case (
                ast.Assign(targets=[target], value=value)
                | ast.AnnAssign(target=target, value=ast.expr() as value)
            ):
                return {**scope, **_bound(target, kind_of(value, scope))}
            case ast.For(target=target, iter=entries, body=body):
                self._block(body, {**scope, **bound_by_loop(target, entries)})
                return scope
            case ast.If(body=body, orelse=orelse):
                after = self._block(body, scope), self._block(orelse, scope)
                return {name: kind for name, kind in after[0].items() if name in after[1]}
            case ast.FunctionDef(body=body):
                self._block(body, {**scope, **parameters_of(node)})
                return scope
            case _:
                for inner in _blocks(node):
                    self._block(inner, scope)
                return scope

    def _expression(self, node: ast.AST, scope: Scope) -> None:
        """Adds the places in a node and in the expressions below it."""
        match node:
            case ast.GeneratorExp() | ast.ListComp() | ast.SetComp():
                scope = self._generators(node.generators, scope)
            case ast.Lambda(args=arguments):
                scope = {**scope, **{argument.arg: Kind.NUMBER for argument in arguments.args}}
        self._add(own_slots(node), scope)
        for child in children(node):
            if isinstance(child, ast.expr | ast.keyword):
                self._expression(child, scope)

    def _generators(self, generators: Sequence[ast.comprehension], scope: Scope) -> Scope:
        for generator in generators:
            outer, scope = scope, {**scope, **bound_by_loop(generator.target, generator.iter)}
            for slot in own_slots(generator):
                self._add([slot], outer if slot.field == "iter" else scope)
            self._expression(generator.iter, outer)
            for test in generator.ifs:
                self._expression(test, scope)
        return scope

    def _add(self, slots: Iterable[Slot], scope: Scope) -> None:
        for slot in slots:
            is_sequence = kind_of(slot.value, scope) is Kind.SEQUENCE
            self.places.append(Place(replace(slot, role=Role.SEQUENCE) if is_sequence else slot, scope))


def parameters_of(function: FunctionNode) -> Scope:
    """Returns the parameters and what their annotations say that they are."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return {argument.arg: annotated_kind(argument.annotation) for argument in named}


def kind_of(expression: ast.expr, scope: Scope) -> Kind:
    """Returns what an expression stands for; a number where nothing speaks against it."""
    match expression:
        case ast.Name(id=name):
            return scope.get(name, Kind.OTHER)
        case ast.Subscript(value=value, slice=ast.Slice()):
            return kind_of(value, scope)
        case ast.Call(func=ast.Name(id=name)) if name in _MAKES_SEQUENCES:
            return Kind.SEQUENCE
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.Tuple() | ast.List() | ast.Set():
            return Kind.SEQUENCE
        case ast.Dict() | ast.DictComp() | ast.JoinedStr() | ast.Constant(value=str() | bytes() | None):
            return Kind.OTHER
        case _:
            return Kind.NUMBER


def bound_by_loop(target: ast.expr, entries: ast.expr) -> dict[str, Kind]:
    """Returns the names that a loop over `entries` binds; what `range` and `enumerate` count is a counter."""
    bound = _bound(target, Kind.NUMBER)
    match entries:
        case ast.Call(func=ast.Name(id="range" | "enumerate")):
            first = target.elts[0] if isinstance(target, ast.Tuple) else target
            return {**bound, **_bound(first, Kind.COUNTER)}
        case _:
            return bound


def annotated_kind(annotation: ast.expr | None) -> Kind:
    """Returns what an annotation says that a value is; a number where there is none."""
    match annotation:
        case ast.Subscript(value=value, slice=inner):
            kind = annotated_kind(value)
            entries = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            holds_numbers = all(_is_number(entry) for entry in entries)
            return kind if kind is not Kind.SEQUENCE or holds_numbers else Kind.OTHER
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _named(name)
        case _:
            return Kind.NUMBER


def _named(name: str) -> Kind:
    for names, kind in ((_SEQUENCES, Kind.SEQUENCE), (_ARRAYS, Kind.ARRAY), (_OTHERS, Kind.OTHER)):
        if name in names:
            return kind
    return Kind.NUMBER


def _is_number(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Name(id=name):
            return name in _NUMBERS
        case ast.Constant(value=value):
            return value is ...
        case _:
            return False


def _bound(target: ast.expr, kind: Kind) -> dict[str, Kind]:
    """Returns the names that an assignment to `target` binds."""
    if isinstance(target, ast.Name):
        return {target.id: kind}
    entries = target.elts if isinstance(target, ast.Tuple | ast.List) else []
    return {entry.id: Kind.NUMBER for entry in entries if isinstance(entry, ast.Name)}


def _blocks(node: ast.stmt) -> list[list[ast.stmt]]:
    """Returns the blocks of any other compound statement."""
    found = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    return [block for block in found if isinstance(block, list)]
