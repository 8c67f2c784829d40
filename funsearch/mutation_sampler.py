"""Proposes functions by mutation and crossover of syntax trees; no language model.

Genetic programming on Python's own trees (Koza, "Genetic Programming", 1992: subtree mutation, subtree
exchange, hoist and point mutation), with numbers moved by small steps. Deterministic: everything drawn
comes from the prompt's seed.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from funsearch.expressions import Leaves, Vocabulary, comparison, constant, grow, perturbed, pick
from funsearch.sampler import Candidate, Prompt, Samples
from programs import Function, Specification
from programs.code_manipulation import FunctionNode

MAX_NODES = 80  # expressions in one function
LARGEST_PART = 7  # expressions in a part that serves as a leaf
GROWTH_DEPTH = 2
ANOTHER_MUTATION = 0.35  # chance of a further change after each change
FROM_BEST_PARENT = 0.7
_ATTEMPTS = 20
_BINARY_OPERATORS: Sequence[type[ast.operator]] = (ast.Add, ast.Sub, ast.Mult, ast.Div)


@dataclass(frozen=True)
class _Slot:
    """A place in a tree that holds an expression."""

    parent: ast.AST
    field: str
    index: int | None

    @property
    def value(self) -> ast.expr:
        held = getattr(self.parent, self.field)
        expression: ast.expr = held if self.index is None else held[self.index]
        return expression

    def put(self, expression: ast.expr) -> None:
        if self.index is None:
            setattr(self.parent, self.field, expression)
        else:
            getattr(self.parent, self.field)[self.index] = expression


class MutationSampler:
    """A sampler of mutants.

    Args:
        specification: Gives the vocabulary (does the program import numpy?).
    """

    def __init__(self, specification: Specification) -> None:
        self._vocabulary = Vocabulary.of(specification.program)

    @property
    def description(self) -> str:
        """What is at work."""
        words = "numpy expressions" if self._vocabulary.array_module else "expressions of plain numbers"
        return f"syntax tree mutation and crossover over {words}"

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns exactly `samples` candidates, each unlike its parent."""
        rng = np.random.default_rng(np.random.SeedSequence(prompt.seed[0], spawn_key=prompt.seed[1:]))
        return Samples(tuple(Candidate(self._mutant(rng, prompt.parents).source) for _ in range(samples)))

    def _mutant(self, rng: np.random.Generator, parents: Sequence[Function]) -> Function:
        base = parents[-1] if rng.random() < FROM_BEST_PARENT else pick(rng, parents)
        donor = pick(rng, parents)
        for _ in range(_ATTEMPTS):
            node = copy.deepcopy(base.node)
            mutation = _Mutation(rng, self._vocabulary, node, donor.node)
            mutation.apply()
            source = ast.unparse(ast.fix_missing_locations(node)) + "\n"
            if source != base.source and _size(node) <= MAX_NODES:
                return Function(base.name, source)
        return base  # found to be a duplicate later, and not paid for


class _Mutation:
    """Changes one function tree in place."""

    def __init__(
        self, rng: np.random.Generator, vocabulary: Vocabulary, node: FunctionNode, donor: FunctionNode
    ) -> None:
        self._rng = rng
        self._vocabulary = vocabulary
        self._node = node
        self._foreign = _expressions_over(donor, set(_names_bound(node)))
        small = [part for part in self._foreign if 1 < _size(part) <= LARGEST_PART]
        self._leaves = Leaves(_names_bound(node), small)

    def apply(self) -> None:
        """Applies one mutation, and another with a fixed chance after each."""
        operators: Sequence[tuple[Callable[[_Slot], None], float]] = (
            (self._move_number, 0.25),
            (self._exchange, 0.15),
            (self._replace, 0.20),
            (self._wrap, 0.25),
            (self._swap_operator, 0.07),
            (self._hoist, 0.08),
        )
        weights = np.array([weight for _, weight in operators])
        while True:
            operator = operators[int(self._rng.choice(len(operators), p=weights / weights.sum()))][0]
            slots = list(_slots(self._node))
            if slots:
                operator(pick(self._rng, slots))
            if self._rng.random() >= ANOTHER_MUTATION:
                return

    def _move_number(self, slot: _Slot) -> None:
        """Moves a random number of the function a little."""
        numbers = list(_numbers(self._node))
        if not numbers:
            slot.put(ast.BinOp(slot.value, ast.Mult(), ast.Constant(constant(self._rng))))
            return
        number, value = pick(self._rng, numbers)
        number.value = perturbed(self._rng, value)

    def _exchange(self, slot: _Slot) -> None:
        """Puts an expression of the donor here, if all its names are known here."""
        if self._foreign:
            slot.put(copy.deepcopy(pick(self._rng, self._foreign)))

    def _replace(self, slot: _Slot) -> None:
        slot.put(grow(self._rng, self._vocabulary, self._leaves, GROWTH_DEPTH))

    def _wrap(self, slot: _Slot) -> None:
        """Makes the expression here an operand of a new one."""
        draw = self._rng.random()
        fresh = grow(self._rng, self._vocabulary, self._leaves, GROWTH_DEPTH - 1)
        if draw < 0.2:
            slot.put(self._vocabulary.unary(self._rng, slot.value))
        elif draw < 0.55:
            operands = [slot.value, fresh] if self._rng.random() < 0.5 else [fresh, slot.value]
            slot.put(self._vocabulary.binary(self._rng, *operands))
        else:
            side = self._leaves.part(self._rng) or grow(self._rng, self._vocabulary, self._leaves, 1)
            test = comparison(self._rng, side, ast.Constant(constant(self._rng)))
            slot.put(self._vocabulary.conditional(test, slot.value, fresh))

    def _swap_operator(self, slot: _Slot) -> None:
        """Changes the operator of a random binary operation of the function."""
        operations = [node for node in ast.walk(self._node) if isinstance(node, ast.BinOp)]
        if operations:
            pick(self._rng, operations).op = pick(self._rng, _BINARY_OPERATORS)()

    def _hoist(self, slot: _Slot) -> None:
        """Replaces the expression here by one of its parts."""
        parts = [part.value for child in ast.iter_child_nodes(slot.value) for part in _own_slots(child)]
        parts += [part.value for part in _own_slots(slot.value)]
        if parts:
            slot.put(pick(self._rng, parts))


def _own_slots(node: ast.AST) -> Iterator[_Slot]:
    """Yields the places directly in `node` that hold a value that may be replaced by another."""
    match node:
        case ast.Return() | ast.Assign() | ast.AugAssign() if node.value is not None:
            yield _Slot(node, "value", None)
        case ast.BinOp():
            yield _Slot(node, "left", None)
            yield _Slot(node, "right", None)
        case ast.UnaryOp():
            yield _Slot(node, "operand", None)
        case ast.Compare():
            yield _Slot(node, "left", None)
            yield from (_Slot(node, "comparators", index) for index in range(len(node.comparators)))
        case ast.Call():
            yield from (
                _Slot(node, "args", index) for index in range(len(node.args)) if _is_value(node.args[index])
            )
        case ast.IfExp():
            yield _Slot(node, "body", None)
            yield _Slot(node, "orelse", None)


def _slots(function: ast.AST) -> Iterator[_Slot]:
    for node in ast.walk(function):
        yield from _own_slots(node)


def _is_value(node: ast.expr) -> bool:
    return not isinstance(node, ast.Starred | ast.GeneratorExp)


def _numbers(function: FunctionNode) -> Iterator[tuple[ast.Constant, int | float]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield node, cast("int | float", node.value)


def _names_bound(function: FunctionNode) -> list[str]:
    """Returns the parameters, then the names that straight-line code has bound, in order of appearance."""
    names = [argument.arg for argument in function.args.args]
    for statement in function.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            names.append(statement.targets[0].id)
    return list(dict.fromkeys(names))


def _expressions_over(function: FunctionNode, known: set[str]) -> list[ast.expr]:
    """Returns the function's expressions whose local names are all among `known`."""
    unknown = _local_names(function) - known
    return [slot.value for slot in _slots(function) if not _names_in(slot.value) & unknown]


def _size(node: ast.AST) -> int:
    """Returns how many expressions the tree has once written out and read again."""
    return sum(1 + _is_negative(child) for child in ast.walk(node) if isinstance(child, ast.expr))


def _is_negative(node: ast.expr) -> bool:
    """Returns whether the node is a number that is read as the negation of another."""
    return (
        isinstance(node, ast.Constant) and type(node.value) in (int, float) and cast("float", node.value) < 0
    )


def _local_names(function: FunctionNode) -> set[str]:
    parameters = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    return parameters | {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _names_in(expression: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
