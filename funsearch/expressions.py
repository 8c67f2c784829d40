"""Random expressions over the names at a place: the raw material of mutation.

What a place asks for (a value, a test, an index, a sequence) decides what is grown there, as in strongly
typed genetic programming (Montana, Evolutionary Computation 3, 1995).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from funsearch.scope import Kind, Place, Scope, Survey, bound_by_loop
from funsearch.syntax_tree import Role, local_names, names_read, size
from funsearch.vocabulary import Vocabulary, call, pick
from programs.code_manipulation import FunctionNode

TABULATED = 0.4  # share of tables among new functions of sequences
LARGEST_PART = 7  # expressions in a part that serves as a leaf
_SMALLEST_INDEX, _LARGEST_INDEX = -3, 4


@dataclass(frozen=True)
class Part:
    """An expression of a parent that may be put elsewhere.

    Attributes:
        expression: The expression, not to be changed.
        role: What it is in its own place.
        reads: Local names that it needs.
        nodes: How many expressions it has.
    """

    expression: ast.expr
    role: Role
    reads: frozenset[str]
    nodes: int


class Material:
    """The expressions of a donor: what selection kept is worth trying elsewhere."""

    def __init__(self, donor: FunctionNode) -> None:
        self.donor = donor
        self._locals = local_names(donor)
        self._parts = [self._part(place) for place in Survey.of(donor).places]
        self._usable: dict[tuple[frozenset[str], Role], list[Part]] = {}

    def parts(self, scope: Scope, role: Role) -> Sequence[Part]:
        """Returns the parts that fill the role and whose names are all bound in `scope`."""
        key = (frozenset(scope), role)
        if key not in self._usable:
            self._usable[key] = [part for part in self._parts if part.role is role and part.reads <= key[0]]
        return self._usable[key]

    def _part(self, place: Place) -> Part:
        expression = place.slot.value
        reads = frozenset(names_read(expression) & self._locals)
        return Part(expression, place.slot.role, reads, size(expression))


class Grower:
    """Grows random expressions.

    Args:
        rng: Source of every choice.
        vocabulary: What they may be made of.
        material: What they may end in, besides names and numbers.
    """

    def __init__(self, rng: np.random.Generator, vocabulary: Vocabulary, material: Material) -> None:
        self.rng = rng
        self.vocabulary = vocabulary
        self._material = material

    def grow(self, role: Role, scope: Scope, depth: int) -> ast.expr:
        """Returns an expression of at most `depth` levels above its leaves, for a place of that role."""
        match role:
            case Role.VALUE:
                return self.value(scope, depth)
            case Role.TEST:
                return self.test(scope, depth)
            case Role.INDEX:
                return self.index(scope)
            case Role.SEQUENCE:
                return self.sequence(scope)

    def value(self, scope: Scope, depth: int) -> ast.expr:
        """Returns a number, or an array where the vocabulary has them."""
        if depth <= 0 or self.rng.random() < 0.2:
            return self.leaf(scope)
        draw = self.rng.random()
        if draw < 0.7:
            left, right = (self.value(scope, depth - 1) for _ in range(2))
            return self.vocabulary.binary(self.rng, left, right)
        if draw < 0.85:
            return self.vocabulary.unary(self.rng, self.value(scope, depth - 1))
        return self.vocabulary.conditional(
            self.test(scope, depth - 1), self.value(scope, depth - 1), self.value(scope, depth - 1)
        )

    def leaf(self, scope: Scope) -> ast.expr:
        """Returns a number, a part of a parent, or something read off a name."""
        draw = self.rng.random()
        if draw < 0.35:
            return ast.Constant(self.vocabulary.constant(self.rng))
        if draw < 0.65 and (part := self.part(scope)) is not None:
            return part
        return self._reading(scope)

    def part(self, scope: Scope) -> ast.expr | None:
        """Returns a copy of a small value of a parent, None where there is none that fits."""
        found = [part for part in self._material.parts(scope, Role.VALUE) if 1 < part.nodes <= LARGEST_PART]
        return copy.deepcopy(pick(self.rng, found).expression) if found else None

    def test(self, scope: Scope, depth: int) -> ast.expr:
        """Returns a condition: a relation, two of them, or now and then whether something is there at all."""
        draw = self.rng.random()
        if draw >= 0.85 and scope and self.vocabulary.array_module is None:
            return self.presence(scope)
        if depth > 0 and draw < 0.15 and self.vocabulary.array_module is None:
            operator = pick(self.rng, (ast.And, ast.Or))()
            return ast.BoolOp(operator, [self.test(scope, depth - 1), self.test(scope, depth - 1)])
        left = self.part(scope) if self.rng.random() < 0.6 else None
        left = left if left is not None else self.value(scope, depth)
        return self.comparison(left, self.value(scope, 0))

    def presence(self, scope: Scope) -> ast.expr:
        """Returns whether what a name stands for is neither empty nor zero, or that it is."""
        name = _load(pick(self.rng, sorted(scope)))
        return name if self.rng.random() < 0.7 else ast.UnaryOp(ast.Not(), name)

    def comparison(self, left: ast.expr, right: ast.expr) -> ast.expr:
        """Returns a random relation between two expressions."""
        return ast.Compare(left, [pick(self.rng, self.vocabulary.relations)()], [right])

    def index(self, scope: Scope) -> ast.expr:
        """Returns a small whole number, or one near a counter in scope (before the first is the last)."""
        counters = _names(scope, Kind.COUNTER)
        if counters and self.rng.random() < 0.7:
            back = ast.Constant(int(self.rng.integers(1, 4)))
            counter = _load(pick(self.rng, counters))
            return ast.BinOp(counter, ast.Sub(), back) if self.rng.random() < 0.8 else counter
        number = int(self.rng.integers(_SMALLEST_INDEX, _LARGEST_INDEX, endpoint=True))
        return ast.Constant(number)

    def sequence(self, scope: Scope) -> ast.expr:
        """Returns a sequence in scope, or a part of one; where there is none, the first few numbers."""
        names = _names(scope, Kind.SEQUENCE)
        if not names:
            return call("range", ast.Constant(int(self.rng.integers(2, 7))))
        name = _load(pick(self.rng, names))
        draw = self.rng.random()
        if draw < 0.8:
            return name
        bound = ast.Constant(int(self.rng.choice((1, 2, 3, -1, -2))))
        if draw < 0.87:
            return ast.Subscript(name, ast.Slice(lower=bound), ast.Load())
        if draw < 0.94:
            return ast.Subscript(name, ast.Slice(upper=bound), ast.Load())
        return ast.Subscript(name, ast.Slice(step=ast.Constant(-1)), ast.Load())

    def _reading(self, scope: Scope) -> ast.expr:
        """Returns a number in scope, or one that a sequence in scope gives."""
        numbers = _names(scope, Kind.NUMBER, Kind.COUNTER, Kind.ARRAY)
        sequences = _names(scope, Kind.SEQUENCE)
        if (
            sequences
            and self.vocabulary.array_module is None
            and self.rng.random() < _share(numbers, sequences)
        ):
            return self._summary(scope, pick(self.rng, sequences))
        if numbers:
            return _load(pick(self.rng, numbers))
        others = _names(scope, Kind.OTHER)
        return call("len", _load(pick(self.rng, others))) if others else ast.Constant(1)

    def _summary(self, scope: Scope, name: str) -> ast.expr:
        """Returns a number that a sequence gives: an entry, a count, an extreme, a sum over its entries."""
        draw = self.rng.random()
        if draw < 0.5:
            return ast.Subscript(_load(name), self.index(scope), ast.Load())
        if draw < 0.65:
            counted = ast.Constant(int(self.rng.integers(4)))
            return ast.Call(ast.Attribute(_load(name), "count", ast.Load()), [counted], [])
        if draw < 0.8:
            return call(str(self.rng.choice(("sum", "sum", "min", "max", "len"))), self.sequence(scope))
        target, entries = self.loop_over(scope)
        inner = {**scope, **bound_by_loop(target, entries)}
        return _sum(self.test(inner, 0) if self.rng.random() < 0.5 else self.value(inner, 1), target, entries)

    def fold(self, scope: Scope) -> ast.expr:
        """Returns a whole function of a sequence: the sum of what its entries or neighbours give, in steps.

        Nothing but the loop's own names enters, so that a search from nothing meets the many rules of one
        kind (how many are equal to the next, products around a circle) that no short path of edits leads to.
        """
        if self.rng.random() < TABULATED:
            return self.tabulated(scope)
        target, entries = self.loop_over(scope)
        inner = bound_by_loop(target, entries)
        if self.rng.random() < 0.2:
            term = self.test(inner, 1)
        else:
            depth = int(self.rng.integers(2))  # the few simple terms are soon known, and cost nothing
            term = self.vocabulary.binary(self.rng, self.value(inner, depth), self.value(inner, depth))
        total: ast.expr = _sum(term, target, entries)
        if self.rng.random() < 0.3:
            total = ast.UnaryOp(ast.USub(), total)
        if self.rng.random() < 0.67:
            total = ast.BinOp(total, ast.Mod(), ast.Constant(int(self.rng.integers(2, 7))))
        return total

    def tabulated(self, scope: Scope) -> ast.expr:
        """Returns an entry of a table of numbers, found by a whole number that a sequence gives.

        A table can say what each of a few cases is worth, and a search can change one entry after the other:
        a climb that no formula has.
        """
        length = int(self.rng.integers(2, 8))
        entries: list[ast.expr] = [ast.Constant(int(self.rng.integers(10))) for _ in range(length)]
        place = ast.BinOp(self._statistic(scope), ast.Mod(), ast.Constant(length))
        return ast.Subscript(ast.Tuple(entries, ast.Load()), place, ast.Load())

    def _statistic(self, scope: Scope) -> ast.expr:
        """Returns a whole number that a sequence of them gives: a count of entries, places or neighbours."""
        target, entries = self.loop_over(scope)
        inner = bound_by_loop(target, entries)
        first, *rest = map(_load, inner)
        mark = ast.Constant(int(self.rng.integers(3)))
        if not rest:
            return _sum(self.comparison(first, mark), target, entries)
        [second] = rest
        if inner[first.id] is Kind.COUNTER:
            seen = self.comparison(second, mark) if self.rng.random() < 0.8 else second
            return _sum(ast.BinOp(first, ast.Mult(), seen), target, entries)
        is_compared = self.rng.random() < 0.5
        both = self.comparison(first, second) if is_compared else ast.BinOp(first, ast.Mult(), second)
        return _sum(both, target, entries)

    def loop_over(self, scope: Scope) -> tuple[ast.expr, ast.expr]:
        """Returns a loop's target and what it runs over: entries, perhaps with places, or neighbours."""
        draw = self.rng.random()
        if draw < 0.3:
            [entry] = _targets(("e",), scope)
            return entry, self.sequence(scope)
        if draw < 0.6:
            return ast.Tuple(_targets(("i", "e"), scope), ast.Store()), call(
                "enumerate", self.sequence(scope)
            )
        pair = ast.Tuple(_targets(("a", "b"), scope), ast.Store())
        return pair, call("zip", *self._two_in_step(scope))

    def _two_in_step(self, scope: Scope) -> tuple[ast.expr, ast.expr]:
        """Returns a sequence and the same further on, open or in a circle; or any two sequences."""
        names = _names(scope, Kind.SEQUENCE)
        draw = self.rng.random()
        if not names or draw < 0.2:
            return self.sequence(scope), self.sequence(scope)
        name, step = pick(self.rng, names), int(self.rng.choice((1, 1, 2)))
        rest = ast.Subscript(_load(name), ast.Slice(lower=ast.Constant(step)), ast.Load())
        if draw < 0.45:
            return _load(name), rest
        start = ast.Subscript(_load(name), ast.Slice(upper=ast.Constant(step)), ast.Load())
        return _load(name), ast.BinOp(rest, ast.Add(), start)


def _sum(term: ast.expr, target: ast.expr, entries: ast.expr) -> ast.Call:
    return call("sum", ast.GeneratorExp(term, [ast.comprehension(target, entries, [], 0)]))


def perturbed(rng: np.random.Generator, value: int | float, vocabulary: Vocabulary) -> int | float:
    """Returns a number near `value`, or now and then a fresh one."""
    draw = rng.random()
    if draw < 0.15:
        return vocabulary.constant(rng)
    if draw < 0.4 or (vocabulary.array_module is None and draw < 0.7 and isinstance(value, int)):
        return value + int(rng.choice((-1, 1)))
    scaled = float(value) * float(np.exp(rng.normal(0.0, 0.4)))
    return float(f"{scaled:.4g}") if np.isfinite(scaled) else vocabulary.constant(rng)


def fresh_names(wanted: Sequence[str], taken: Scope | set[str]) -> Iterator[str]:
    """Yields the names wanted, each with a number behind it where it is taken."""
    for name in wanted:
        candidates = [name, *(f"{name}{number}" for number in range(1, len(taken) + 2))]
        yield next(candidate for candidate in candidates if candidate not in taken)


def _targets(wanted: Sequence[str], scope: Scope) -> list[ast.expr]:
    return [ast.Name(name, ast.Store()) for name in fresh_names(wanted, scope)]


def _names(scope: Scope, *kinds: Kind) -> list[str]:
    return [name for name, kind in scope.items() if kind in kinds]


def _share(numbers: Sequence[str], sequences: Sequence[str]) -> float:
    """Returns how often a sequence is read rather than a number: there is more to read in it."""
    return 3 * len(sequences) / (3 * len(sequences) + len(numbers))


def _load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())
