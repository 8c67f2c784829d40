"""Mutation and crossover of one syntax tree.

Genetic programming on Python's own trees (Koza, "Genetic Programming", 1992: subtree mutation, subtree
exchange, hoist and point mutation), with numbers moved by small steps, and edits of whole statements.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence

import numpy as np

from funsearch.expressions import Grower, Material, perturbed
from funsearch.scope import Kind, Place, Survey, annotated_kind, parameters_of
from funsearch.statement_edits import StatementEdits
from funsearch.syntax_tree import Role, below_head, children, numbers, own_slots, walk
from funsearch.vocabulary import Vocabulary, pick
from programs.code_manipulation import FunctionNode, is_docstring

GROWTH_DEPTH = 2
ANOTHER_MUTATION = 0.35  # chance of a further change after each change
_UPDATES: Sequence[type[ast.operator]] = (ast.Add, ast.Sub, ast.Mult)

Operator = Callable[[Survey], None]


class Mutation:
    """Changes one function tree in place.

    Args:
        rng: Source of every choice.
        vocabulary: What expressions may be made of.
        node: The tree to change.
        material: What to change it with, besides what is drawn.
    """

    def __init__(
        self, rng: np.random.Generator, vocabulary: Vocabulary, node: FunctionNode, material: Material
    ) -> None:
        self._rng = rng
        self._vocabulary = vocabulary
        self._node = node
        self._material = material
        self._grower = Grower(rng, vocabulary, material)
        self._operators = self._weighted(StatementEdits(self._grower, node, material))

    def apply(self) -> None:
        """Applies one operator, and another with a fixed chance after each but a new start."""
        weights = np.cumsum([weight for _, weight in self._operators])
        while True:
            drawn = int(np.searchsorted(weights, self._rng.random() * weights[-1], side="right"))
            operator, _ = self._operators[drawn]
            operator(Survey.of(self._node))
            if operator == self._start_anew or self._rng.random() >= ANOTHER_MUTATION:
                return

    def _weighted(self, statements: StatementEdits) -> Sequence[tuple[Operator, float]]:
        """Returns the operators and how often each is applied; plain code lives by its statements."""
        share = 1.0 if self._vocabulary.array_module is None else 0.2
        start_anew = 0.25 if self._is_of_sequences() else 0.0
        return (
            (self._move_number, 0.25),
            (self._exchange, 0.15),
            (self._replace, 0.20),
            (self._wrap, 0.25),
            (self._swap_operator, 0.07),
            (self._hoist, 0.08),
            (self._guard, 0.10 * share),
            (statements.insert, 0.25 * share),
            (statements.delete, 0.10 * share),
            (statements.exchange, 0.06 * share),
            (statements.extract, 0.04 * share),
            (statements.inline, 0.04 * share),
            (statements.move, 0.03 * share),
            (self._start_anew, start_anew),
            (self._tabulate, 1.6 * start_anew),
            (self._move_entry, 2.4 * start_anew),
        )

    def _is_of_sequences(self) -> bool:
        """Returns whether the function makes a number of sequences of plain numbers."""
        takes_sequence = Kind.SEQUENCE in parameters_of(self._node).values()
        gives_number = annotated_kind(self._node.returns) is Kind.NUMBER
        return self._vocabulary.array_module is None and takes_sequence and gives_number

    def _start_anew(self, survey: Survey) -> None:
        """Replaces the body by the sum of something over a sequence."""
        docstring = [statement for statement in self._node.body[:1] if is_docstring(statement)]
        self._node.body = [*docstring, ast.Return(self._grower.fold(parameters_of(self._node)))]

    def _tabulate(self, survey: Survey) -> None:
        """Adds an entry of a table to what the function returns, or puts one in place of another."""
        tables = [place for place in survey.places if _table_in(place) is not None]
        results = [place for place in survey.places if isinstance(place.slot.parent, ast.Return)]
        entry = self._grower.tabulated(parameters_of(self._node))
        if tables and self._rng.random() < 0.5:
            pick(self._rng, tables).slot.put(entry)
        elif results:
            place = pick(self._rng, results)
            place.slot.put(ast.BinOp(place.slot.value, ast.Add(), entry))

    def _move_entry(self, survey: Survey) -> None:
        """Changes an entry of a table."""
        tables = [table for place in survey.places if (table := _table_in(place)) is not None]
        if tables:
            entries = pick(self._rng, tables).elts
            entries[int(self._rng.integers(len(entries)))] = ast.Constant(int(self._rng.integers(10)))
        else:
            self._tabulate(survey)

    def _place(self, survey: Survey) -> Place | None:
        return pick(self._rng, survey.places) if survey.places else None

    def _move_number(self, survey: Survey) -> None:
        """Moves a random number of the function a little; an index by one, or to another."""
        found = list(numbers(self._node))
        if not found:
            self._wrap(survey)
            return
        number, value = pick(self._rng, found)
        if id(number) in _whole_numbers(survey):
            step = int(self._rng.choice((-1, 1)))
            fresh = self._grower.index({})
            number.value = int(value) + step if self._rng.random() < 0.5 else _number(fresh)
        else:
            number.value = perturbed(self._rng, value, self._vocabulary)

    def _exchange(self, survey: Survey) -> None:
        """Puts an expression of the donor here, if all its names are known here."""
        place = self._place(survey)
        if place is not None:
            foreign = self._material.parts(place.scope, place.slot.role)
            if foreign:
                place.slot.put(copy.deepcopy(pick(self._rng, foreign).expression))

    def _replace(self, survey: Survey) -> None:
        place = self._place(survey)
        if place is not None:
            place.slot.put(self._grower.grow(place.slot.role, place.scope, GROWTH_DEPTH))

    def _wrap(self, survey: Survey) -> None:
        """Makes the expression here an operand of a new one."""
        place = self._place(survey)
        if place is None:
            return
        match place.slot.role:
            case Role.VALUE:
                place.slot.put(self._wrapped_value(place))
            case Role.TEST:
                place.slot.put(self._wrapped_test(place))
            case _:
                place.slot.put(self._grower.grow(place.slot.role, place.scope, GROWTH_DEPTH))

    def _wrapped_value(self, place: Place) -> ast.expr:
        draw = self._rng.random()
        here, fresh = place.slot.value, self._grower.value(place.scope, GROWTH_DEPTH - 1)
        if draw < 0.2:
            return self._vocabulary.unary(self._rng, here)
        if draw < 0.55:
            operands = [here, fresh] if self._rng.random() < 0.5 else [fresh, here]
            return self._vocabulary.binary(self._rng, *operands)
        return self._vocabulary.conditional(self._condition(place), here, fresh)

    def _condition(self, place: Place) -> ast.expr:
        """Returns a test, more often than not of a part of a parent against a number."""
        part = self._grower.part(place.scope) if self._rng.random() < 0.6 else None
        side = part if part is not None else self._grower.value(place.scope, 1)
        right: ast.expr = ast.Constant(self._vocabulary.constant(self._rng))
        if self._vocabulary.array_module is None and self._rng.random() < 0.4:
            right = self._grower.leaf(place.scope)
        return self._grower.comparison(side, right)

    def _wrapped_test(self, place: Place) -> ast.expr:
        here = place.slot.value
        if self._vocabulary.array_module:  # arrays have no truth value to combine
            return self._grower.test(place.scope, GROWTH_DEPTH - 1)
        if self._rng.random() < 0.25:
            return ast.UnaryOp(ast.Not(), here)
        operator = pick(self._rng, (ast.And, ast.Or))()
        return ast.BoolOp(operator, [here, self._grower.test(place.scope, 0)])

    def _guard(self, survey: Survey) -> None:
        """Has a condition ask as well whether something is there: what is empty is what functions forget."""
        tests = [place for place in survey.places if place.slot.role is Role.TEST and place.scope]
        if tests and self._vocabulary.array_module is None:
            place = pick(self._rng, tests)
            operator = pick(self._rng, (ast.And, ast.And, ast.Or))()
            place.slot.put(ast.BoolOp(operator, [place.slot.value, self._grower.presence(place.scope)]))

    def _swap_operator(self, survey: Survey) -> None:
        """Changes the operator of a random operation, relation or update of the function."""
        kinds = (ast.BinOp, ast.Compare, ast.BoolOp, ast.AugAssign)
        operations = [node for node in below_head(self._node) if isinstance(node, kinds)]
        if not operations:
            return
        match pick(self._rng, operations):
            case ast.BinOp() as operation:
                operation.op = pick(self._rng, self._vocabulary.operators)()
            case ast.AugAssign() as update:
                update.op = pick(self._rng, _UPDATES)()
            case ast.Compare() as relation if not isinstance(relation.ops[0], ast.In | ast.NotIn):
                relation.ops[0] = pick(self._rng, self._vocabulary.relations)()
            case ast.BoolOp() as junction:
                junction.op = pick(self._rng, (ast.And, ast.Or))()

    def _hoist(self, survey: Survey) -> None:
        """Replaces the expression here by one of its parts."""
        place = self._place(survey)
        if place is None:
            return
        here = place.slot.value
        parts = [part for child in children(here) for part in own_slots(child)]
        fitting = [part.value for part in (*parts, *own_slots(here)) if part.role is place.slot.role]
        if fitting:
            place.slot.put(pick(self._rng, fitting))


def _table_in(place: Place) -> ast.Tuple | None:
    """Returns the table that an entry is read of at a place, None where there is none."""
    match place.slot.value:
        case ast.Subscript(value=ast.Tuple() as table):
            return table
        case _:
            return None


def _whole_numbers(survey: Survey) -> set[int]:
    """Returns the identities of the numbers that must stay whole: indices."""
    indices = [place.slot.value for place in survey.places if place.slot.role is Role.INDEX]
    return {id(node) for index in indices for node in walk(index) if isinstance(node, ast.Constant)}


def _number(expression: ast.expr) -> int:
    assert isinstance(expression, ast.Constant)
    assert isinstance(expression.value, int)
    return expression.value
