"""Random expressions over a function's names: the raw material of mutation."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from programs import Program

T = TypeVar("T")
Operators = Sequence[type[ast.operator]]

_ARITHMETIC: Operators = (ast.Add, ast.Sub, ast.Mult, ast.Div)
_COMPARISONS: Sequence[type[ast.cmpop]] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_NUMPY_UNARY = ("abs", "sqrt", "exp", "log1p", "tanh", "square", "sin")
_NUMPY_BINARY = ("maximum", "minimum")
_EXPONENTS = (2, 3, 0.5)


@dataclass(frozen=True)
class Vocabulary:
    """What expressions may be made of besides names and numbers.

    Attributes:
        array_module: Name that numpy is bound to, None where the program does not import it; then
            conditions and functions are those of plain numbers.
    """

    array_module: str | None

    @classmethod
    def of(cls, program: Program) -> Vocabulary:
        """Returns the vocabulary of a program's imports."""
        for node in program.tree.body:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name == "numpy":
                        return cls(alias.asname or alias.name)
        return cls(None)

    def unary(self, rng: np.random.Generator, operand: ast.expr) -> ast.expr:
        """Returns a random function of `operand`, or its negation."""
        if self.array_module is None or rng.random() < 0.2:
            if rng.random() < 0.5:
                return ast.UnaryOp(ast.USub(), operand)
            return ast.Call(_name("abs"), [operand], [])
        return self._array_call(str(rng.choice(_NUMPY_UNARY)), operand)

    def binary(self, rng: np.random.Generator, left: ast.expr, right: ast.expr) -> ast.expr:
        """Returns a random combination of two expressions."""
        draw = rng.random()
        if draw < 0.75:
            return ast.BinOp(left, pick(rng, _ARITHMETIC)(), right)
        if draw < 0.85:
            return ast.BinOp(left, ast.Pow(), ast.Constant(pick(rng, _EXPONENTS)))
        if self.array_module is None:
            return ast.Call(_name(str(rng.choice(("max", "min")))), [left, right], [])
        return self._array_call(str(rng.choice(_NUMPY_BINARY)), left, right)

    def conditional(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        """Returns `body` where `test` holds, else `orelse`."""
        if self.array_module is None:
            return ast.IfExp(test, body, orelse)
        return self._array_call("where", test, body, orelse)

    def _array_call(self, function: str, *arguments: ast.expr) -> ast.expr:
        module = _name(self.array_module or "")
        return ast.Call(ast.Attribute(module, function, ast.Load()), list(arguments), [])


@dataclass(frozen=True)
class Leaves:
    """What random expressions end in besides numbers.

    Attributes:
        names: Variables in sight.
        parts: Small expressions of the parents: what selection kept is worth trying elsewhere.
    """

    names: Sequence[str]
    parts: Sequence[ast.expr]

    def part(self, rng: np.random.Generator) -> ast.expr | None:
        """Returns a copy of a part, more often than not where there is one."""
        return copy.deepcopy(pick(rng, self.parts)) if self.parts and rng.random() < 0.6 else None

    def draw(self, rng: np.random.Generator) -> ast.expr:
        """Returns a number, a name or a copy of a part."""
        draw = rng.random()
        if draw < 0.35:
            return ast.Constant(constant(rng))
        if self.parts and draw < 0.65:
            return copy.deepcopy(pick(rng, self.parts))
        return _name(pick(rng, self.names))


def grow(rng: np.random.Generator, vocabulary: Vocabulary, leaves: Leaves, depth: int) -> ast.expr:
    """Returns a random expression of at most `depth` levels above its leaves."""
    if depth <= 0 or rng.random() < 0.2:
        return leaves.draw(rng)
    draw = rng.random()

    def inner() -> ast.expr:
        return grow(rng, vocabulary, leaves, depth - 1)

    if draw < 0.7:
        return vocabulary.binary(rng, inner(), inner())
    if draw < 0.85:
        return vocabulary.unary(rng, inner())
    return vocabulary.conditional(comparison(rng, inner(), inner()), inner(), inner())


def comparison(rng: np.random.Generator, left: ast.expr, right: ast.expr) -> ast.expr:
    """Returns a random order relation between two expressions."""
    return ast.Compare(left, [pick(rng, _COMPARISONS)()], [right])


def constant(rng: np.random.Generator) -> int | float:
    """Returns a fresh number, log-uniform in 0.01..200, a small whole one half of the time."""
    magnitude = float(np.exp(rng.uniform(np.log(0.01), np.log(200.0))))
    return max(1, round(magnitude)) if rng.random() < 0.5 else float(f"{magnitude:.3g}")


def perturbed(rng: np.random.Generator, value: int | float) -> int | float:
    """Returns a number near `value`, or now and then a fresh one."""
    draw = rng.random()
    if draw < 0.15:
        return constant(rng)
    if draw < 0.4:
        return value + int(rng.choice((-1, 1)))
    scaled = float(value) * float(np.exp(rng.normal(0.0, 0.4)))
    return float(f"{scaled:.4g}") if np.isfinite(scaled) else constant(rng)


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Returns one of the options, all equally likely."""
    return options[int(rng.integers(len(options)))]


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())
