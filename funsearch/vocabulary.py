"""What random expressions are made of: numpy's element-wise functions, or Python's own over plain numbers."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np

from funsearch.scope import Kind, parameters_of
from programs import Program
from programs.code_manipulation import FunctionNode

T = TypeVar("T")
Operators = Sequence[type[ast.operator]]

_EXPONENTS = (2, 3, 0.5)
_NUMPY_UNARY = ("abs", "sqrt", "exp", "log1p", "tanh", "square", "sin")
_ORDERS: Sequence[type[ast.cmpop]] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_RELATIONS: Sequence[type[ast.cmpop]] = (ast.Eq, ast.Eq, ast.NotEq, *_ORDERS)


class Vocabulary(Protocol):
    """Combines expressions at random; every choice is drawn from the `rng` that is given."""

    description: str
    operators: Operators
    relations: Sequence[type[ast.cmpop]]

    @property
    def array_module(self) -> str | None:
        """Name that numpy is bound to; None where expressions are of plain numbers."""

    def constant(self, rng: np.random.Generator) -> int | float:
        """Returns a fresh number."""

    def unary(self, rng: np.random.Generator, operand: ast.expr) -> ast.expr:
        """Returns a random function of `operand`, or its negation."""

    def binary(self, rng: np.random.Generator, left: ast.expr, right: ast.expr) -> ast.expr:
        """Returns a random combination of two expressions."""

    def conditional(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        """Returns `body` where `test` holds, else `orelse`."""


def vocabulary_of(program: Program, function: FunctionNode) -> Vocabulary:
    """Returns numpy's where the program imports it and the function takes arrays, else that of plain numbers.

    A function without a single annotation may take arrays.
    """
    module = _numpy_name(program)
    kinds = set(parameters_of(function).values())
    arguments = function.args
    is_annotated = any(argument.annotation for argument in (*arguments.posonlyargs, *arguments.args))
    if module is not None and (Kind.ARRAY in kinds or not is_annotated):
        return ArrayVocabulary(module)
    return NumberVocabulary()


def _numpy_name(program: Program) -> str | None:
    """Returns the name that numpy is bound to in the program."""
    for node in program.tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "numpy":
                    return alias.asname or alias.name
    return None


class ArrayVocabulary:
    """Element-wise expressions of numpy; so a function that treats an array element by element goes on to.

    Args:
        module: Name that numpy is bound to.
    """

    description = "numpy expressions"
    operators: Operators = (ast.Add, ast.Sub, ast.Mult, ast.Div)
    relations = _ORDERS

    def __init__(self, module: str) -> None:
        self.array_module = module

    def constant(self, rng: np.random.Generator) -> int | float:
        """Returns a number, log-uniform in 0.01..200, a small whole one half of the time."""
        return log_uniform(rng)

    def unary(self, rng: np.random.Generator, operand: ast.expr) -> ast.expr:
        if rng.random() < 0.2:
            return ast.UnaryOp(ast.USub(), operand) if rng.random() < 0.5 else call("abs", operand)
        return self._call(str(rng.choice(_NUMPY_UNARY)), operand)

    def binary(self, rng: np.random.Generator, left: ast.expr, right: ast.expr) -> ast.expr:
        draw = rng.random()
        if draw < 0.75:
            return ast.BinOp(left, pick(rng, self.operators)(), right)
        if draw < 0.85:
            return ast.BinOp(left, ast.Pow(), ast.Constant(pick(rng, _EXPONENTS)))
        return self._call(str(rng.choice(("maximum", "minimum"))), left, right)

    def conditional(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        return self._call("where", test, body, orelse)

    def _call(self, function: str, *arguments: ast.expr) -> ast.expr:
        module = ast.Name(self.array_module, ast.Load())
        return ast.Call(ast.Attribute(module, function, ast.Load()), list(arguments), [])


class NumberVocabulary:
    """Expressions of plain numbers, and of sequences of them."""

    description = "expressions of plain numbers and sequences"
    array_module = None
    operators: Operators = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Mod)
    relations = _RELATIONS

    def constant(self, rng: np.random.Generator) -> int | float:
        """Returns a whole number in 0..9 two times of three, else one that is log-uniform in 0.01..200."""
        return int(rng.integers(10)) if rng.random() < 0.65 else log_uniform(rng)

    def unary(self, rng: np.random.Generator, operand: ast.expr) -> ast.expr:
        return ast.UnaryOp(ast.USub(), operand) if rng.random() < 0.5 else call("abs", operand)

    def binary(self, rng: np.random.Generator, left: ast.expr, right: ast.expr) -> ast.expr:
        draw = rng.random()
        if draw < 0.65:
            return ast.BinOp(left, pick(rng, (ast.Add, ast.Sub, ast.Mult))(), right)
        if draw < 0.85:  # by a number that is not zero
            divisor = ast.Constant(int(rng.integers(2, 6)))
            return ast.BinOp(left, pick(rng, (ast.Mod, ast.Mod, ast.Div, ast.FloorDiv))(), divisor)
        if draw < 0.92:
            return ast.BinOp(left, ast.Pow(), ast.Constant(pick(rng, _EXPONENTS)))
        return call(str(rng.choice(("max", "min"))), left, right)

    def conditional(self, test: ast.expr, body: ast.expr, orelse: ast.expr) -> ast.expr:
        return ast.IfExp(test, body, orelse)


def call(function: str, *arguments: ast.expr) -> ast.Call:
    """Returns the call of a function by its name."""
    return ast.Call(ast.Name(function, ast.Load()), list(arguments), [])


def log_uniform(rng: np.random.Generator) -> int | float:
    """Returns a number, log-uniform in 0.01..200, a small whole one half of the time."""
    magnitude = float(np.exp(rng.uniform(np.log(0.01), np.log(200.0))))
    return max(1, round(magnitude)) if rng.random() < 0.5 else float(f"{magnitude:.3g}")


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Returns one of the options, all equally likely."""
    return options[int(rng.integers(len(options)))]
