"""Mutation and crossover of one syntax tree.

Genetic programming on Python's own trees (Koza, "Genetic Programming", 1992: subtree mutation, subtree
exchange, hoist and point mutation), with numbers moved by small steps.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from funsearch.expressions import Leaves, Vocabulary, comparison, constant, grow, perturbed, pick
from funsearch.syntax_tree import Slot, expressions_over, names_bound, numbers, own_slots, size, slots
from programs.code_manipulation import FunctionNode

LARGEST_PART = 7  # expressions in a part that serves as a leaf
GROWTH_DEPTH = 2
ANOTHER_MUTATION = 0.35  # chance of a further change after each change
_BINARY_OPERATORS: Sequence[type[ast.operator]] = (ast.Add, ast.Sub, ast.Mult, ast.Div)


@dataclass(frozen=True)
class Material:
    """What a function may be mutated with.

    Attributes:
        leaves: What random expressions end in.
        foreign: Expressions of the donor that make sense in the function.
    """

    leaves: Leaves
    foreign: Sequence[ast.expr]

    @classmethod
    def of(cls, base: FunctionNode, donor: FunctionNode) -> Material:
        """Returns the material that `donor` has for `base`."""
        names = names_bound(base)
        foreign = expressions_over(donor, set(names))
        return cls(Leaves(names, [part for part in foreign if 1 < size(part) <= LARGEST_PART]), foreign)


class Mutation:
    """Changes one function tree in place.

    Args:
        rng: Source of every choice.
        vocabulary: What expressions may be made of.
        node: The tree to change.
        material: What to change it with.
    """

    def __init__(
        self, rng: np.random.Generator, vocabulary: Vocabulary, node: FunctionNode, material: Material
    ) -> None:
        self._rng = rng
        self._vocabulary = vocabulary
        self._node = node
        self._material = material

    def apply(self) -> None:
        """Applies one operator, and another with a fixed chance after each."""
        operators: Sequence[tuple[Callable[[Slot], None], float]] = (
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
            places = list(slots(self._node))
            if places:
                operator(pick(self._rng, places))
            if self._rng.random() >= ANOTHER_MUTATION:
                return

    def _grown(self, depth: int) -> ast.expr:
        return grow(self._rng, self._vocabulary, self._material.leaves, depth)

    def _move_number(self, slot: Slot) -> None:
        """Moves a random number of the function a little."""
        found = list(numbers(self._node))
        if not found:
            slot.put(ast.BinOp(slot.value, ast.Mult(), ast.Constant(constant(self._rng))))
            return
        number, value = pick(self._rng, found)
        number.value = perturbed(self._rng, value)

    def _exchange(self, slot: Slot) -> None:
        """Puts an expression of the donor here, if all its names are known here."""
        if self._material.foreign:
            slot.put(copy.deepcopy(pick(self._rng, self._material.foreign)))

    def _replace(self, slot: Slot) -> None:
        slot.put(self._grown(GROWTH_DEPTH))

    def _wrap(self, slot: Slot) -> None:
        """Makes the expression here an operand of a new one."""
        draw = self._rng.random()
        fresh = self._grown(GROWTH_DEPTH - 1)
        if draw < 0.2:
            slot.put(self._vocabulary.unary(self._rng, slot.value))
        elif draw < 0.55:
            operands = [slot.value, fresh] if self._rng.random() < 0.5 else [fresh, slot.value]
            slot.put(self._vocabulary.binary(self._rng, *operands))
        else:
            side = self._material.leaves.part(self._rng) or grow(
                self._rng, self._vocabulary, self._material.leaves, 1
            )
            test = comparison(self._rng, side, ast.Constant(constant(self._rng)))
            slot.put(self._vocabulary.conditional(test, slot.value, fresh))

    def _swap_operator(self, slot: Slot) -> None:
        """Changes the operator of a random binary operation of the function."""
        operations = [node for node in ast.walk(self._node) if isinstance(node, ast.BinOp)]
        if operations:
            pick(self._rng, operations).op = pick(self._rng, _BINARY_OPERATORS)()

    def _hoist(self, slot: Slot) -> None:
        """Replaces the expression here by one of its parts."""
        parts = [part.value for child in ast.iter_child_nodes(slot.value) for part in own_slots(child)]
        parts += [part.value for part in own_slots(slot.value)]
        if parts:
            slot.put(pick(self._rng, parts))
