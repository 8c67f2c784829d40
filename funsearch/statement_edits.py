"""Edits of whole statements: extract, inline, insert, delete, exchange."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence

from funsearch.expressions import Grower, Material, fresh_names
from funsearch.scope import Gap, Kind, Place, Scope, Survey, bound_by_loop, parameters_of
from funsearch.syntax_tree import Role, local_names, names_read, stored_names, walk
from funsearch.vocabulary import pick
from programs.code_manipulation import FunctionNode, is_docstring

_UPDATES: Sequence[type[ast.operator]] = (ast.Add, ast.Add, ast.Sub, ast.Mult)
_LOCAL = "v"  # what new local variables are called
_DEPTH = 1
_UNPLACED = 0  # ast.unparse asks where these stand, to no end


class StatementEdits:
    """Changes the statements of one function tree in place.

    Args:
        grower: Makes the expressions in new statements.
        node: The tree to change.
        material: The donor's statements.
    """

    def __init__(self, grower: Grower, node: FunctionNode, material: Material) -> None:
        self._grower = grower
        self._rng = grower.rng
        self._node = node
        self._material = material

    def extract(self, survey: Survey) -> None:
        """Gives an expression a name of its own, bound in a statement before."""
        known = local_names(self._node)
        candidates = [place for place in survey.places if _is_worth_a_name(place)]
        if not candidates:
            return
        slot = pick(self._rng, candidates).slot
        gap = _gap_around(slot.parent, survey.gaps)
        if gap is None or not names_read(slot.value) & known <= gap.scope.keys():
            return
        name = self._new_name()
        gap.block.insert(gap.index, _assigned(name, slot.value))
        slot.put(ast.Name(name, ast.Load()))

    def inline(self, survey: Survey) -> None:
        """Puts the value of a local that is bound once in place of its name."""
        bound_once = [gap for gap in survey.gaps if self._is_bound_once(gap)]
        if not bound_once:
            return
        gap = pick(self._rng, bound_once)
        name, value = _simple_assignment(gap.block[gap.index])
        _remove(gap)
        _Substitution(name, value).visit(self._node)

    def insert(self, survey: Survey) -> None:
        """Adds a statement: an update of a local (plain, under a condition or in a loop), an early return."""
        if not survey.gaps:
            return
        gap = pick(self._rng, survey.gaps)
        parameters = parameters_of(self._node)
        updatable = [
            name for name, kind in gap.scope.items() if kind is Kind.NUMBER and name not in parameters
        ]
        if updatable and self._rng.random() < 0.8:
            gap.block.insert(gap.index, self._update(pick(self._rng, updatable), gap.scope))
        else:
            self._edit_result(gap, survey)

    def delete(self, survey: Survey) -> None:
        """Removes a statement, or a condition around others."""
        removable = [gap for gap in survey.gaps if self._is_removable(gap)]
        if not removable:
            return
        gap = pick(self._rng, removable)
        statement = gap.block[gap.index]
        if isinstance(statement, ast.If) and self._rng.random() < 0.4:
            gap.block[gap.index : gap.index + 1] = statement.body
        else:
            _remove(gap)

    def exchange(self, survey: Survey) -> None:
        """Copies a statement of the donor to where all its names are bound."""
        if not survey.gaps:
            return
        gap = pick(self._rng, survey.gaps)
        donor = self._material.donor
        foreign = [
            statement
            for statement in (other.block[other.index] for other in Survey.of(donor).gaps)
            if not isinstance(statement, ast.Return | ast.FunctionDef)
            and _reads(statement) & local_names(donor) <= gap.scope.keys()
        ]
        if foreign:
            gap.block.insert(gap.index, copy.deepcopy(pick(self._rng, foreign)))

    def move(self, survey: Survey) -> None:
        """Lets two neighbouring statements change places."""
        movable = [gap for gap in survey.gaps if gap.index + 1 < len(gap.block)]
        movable = [gap for gap in movable if not isinstance(gap.block[gap.index + 1], ast.Return)]
        if movable:
            gap = pick(self._rng, movable)
            gap.block[gap.index : gap.index + 2] = reversed(gap.block[gap.index : gap.index + 2])

    def _edit_result(self, here: Gap, survey: Survey) -> None:
        """Returns early under a condition, or updates what is returned; only where something is."""
        returns = [gap for gap in survey.gaps if _returns_value(gap.block[gap.index])]
        if not returns:
            return
        if self._grower.vocabulary.array_module is None and self._rng.random() < 0.3:
            early: list[ast.stmt] = [ast.Return(self._grower.value(here.scope, _DEPTH))]
            here.block.insert(here.index, ast.If(self._grower.test(here.scope, _DEPTH), early, []))
        else:
            self._update_result(pick(self._rng, returns))

    def _update_result(self, gap: Gap) -> None:
        """Names what a return gives, and updates it before it is given."""
        leave = gap.block[gap.index]
        assert isinstance(leave, ast.Return)
        assert leave.value is not None
        if isinstance(leave.value, ast.Name) and leave.value.id not in parameters_of(self._node):
            gap.block.insert(gap.index, self._update(leave.value.id, gap.scope))
            return
        name = self._new_name()
        update = self._update(name, {**gap.scope, name: Kind.NUMBER})
        gap.block[gap.index : gap.index] = [_assigned(name, leave.value), update]
        leave.value = ast.Name(name, ast.Load())

    def _update(self, name: str, scope: Scope) -> ast.stmt:
        """Returns a statement that changes a local variable."""
        draw = self._rng.random()
        if self._grower.vocabulary.array_module or draw < 0.2:
            return self._step(name, scope)
        if draw < 0.65:
            return self._step_under_condition(name, scope)
        target, entries = self._grower.loop_over(scope)
        bound = bound_by_loop(target, entries)
        make = pick(self._rng, (self._step, self._step_under_condition))
        return ast.For(target, entries, [make(name, {**scope, **bound})], [], lineno=_UNPLACED)

    def _step(self, name: str, scope: Scope) -> ast.stmt:
        operator, value = pick(self._rng, _UPDATES)(), self._grower.value(scope, _DEPTH)
        if self._grower.vocabulary.array_module is None:
            return ast.AugAssign(ast.Name(name, ast.Store()), operator, value)
        # In place, an array of integers would refuse to become one of floats.
        return _assigned(name, ast.BinOp(ast.Name(name, ast.Load()), operator, value))

    def _step_under_condition(self, name: str, scope: Scope) -> ast.stmt:
        otherwise = [self._step(name, scope)] if self._rng.random() < 0.25 else []
        return ast.If(self._grower.test(scope, _DEPTH), [self._step(name, scope)], otherwise)

    def _new_name(self) -> str:
        taken = {node.id for node in walk(self._node) if isinstance(node, ast.Name)}
        return next(fresh_names((_LOCAL,), taken | local_names(self._node)))

    def _is_bound_once(self, gap: Gap) -> bool:
        statement = gap.block[gap.index]
        if not _is_simple_assignment(statement):
            return False
        name, value = _simple_assignment(statement)
        stores = [
            node for node in _names(self._node) if node.id == name and not isinstance(node.ctx, ast.Load)
        ]
        return len(stores) == 1 and name not in names_read(value)

    def _is_removable(self, gap: Gap) -> bool:
        """Returns whether the function can do without: not its last statement, nor one whose name is read."""
        statement = gap.block[gap.index]
        if gap.block is self._node.body and gap.index == len(gap.block) - 1:
            return False
        if not isinstance(statement, ast.Assign):
            return True
        read = {node.id for node in _names(self._node) if isinstance(node.ctx, ast.Load)}
        return not stored_names(statement) & read


class _Substitution(ast.NodeTransformer):
    def __init__(self, name: str, value: ast.expr) -> None:
        self._name = name
        self._value = value

    def visit_Name(self, node: ast.Name) -> ast.expr:
        is_meant = node.id == self._name and isinstance(node.ctx, ast.Load)
        return copy.deepcopy(self._value) if is_meant else node


def _names(node: ast.AST) -> Iterator[ast.Name]:
    return (child for child in walk(node) if isinstance(child, ast.Name))


def _reads(statement: ast.stmt) -> set[str]:
    """Returns the names that a statement takes from around it; an update reads what it changes."""
    updated = {
        node.target.id
        for node in walk(statement)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return names_read(statement) | updated


def _is_worth_a_name(place: Place) -> bool:
    return place.slot.role is Role.VALUE and not isinstance(place.slot.value, ast.Constant | ast.Name)


def _gap_around(node: ast.AST, gaps: Sequence[Gap]) -> Gap | None:
    """Returns the gap before the innermost statement that holds a node."""
    holding = [gap for gap in gaps if any(child is node for child in walk(gap.block[gap.index]))]
    return holding[-1] if holding else None


def _is_simple_assignment(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and len(statement.targets) == 1
        and isinstance(statement.targets[0], ast.Name)
    )


def _simple_assignment(statement: ast.stmt) -> tuple[str, ast.expr]:
    assert isinstance(statement, ast.Assign)
    target = statement.targets[0]
    assert isinstance(target, ast.Name)
    return target.id, statement.value


def _returns_value(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Return) and statement.value is not None


def _assigned(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=_UNPLACED)


def _remove(gap: Gap) -> None:
    """Takes the statement out; a block that would be left without any does nothing."""
    rest = [*gap.block[: gap.index], *gap.block[gap.index + 1 :]]
    is_empty = all(map(is_docstring, rest))
    gap.block[:] = [*rest, ast.Pass()] if is_empty else rest
