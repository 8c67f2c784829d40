"""Decompositions of the tensor of matrix multiplication, checked over the rational complex numbers.

Three matrices of `rank` columns each: the outer products of their columns add up to the tensor of
multiplying an n x m by an m x p matrix, whose entries are T[i m + j, j p + k, k n + i] = 1. So the third
matrix is that of the transposed product, as in AlphaTensor's and AlphaEvolve's results; that of the product
itself is taken as well.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluators import Evaluation
from experiments.constructions.exact_json import ConstructionRefused, fraction, part

MOST_PRODUCTS = 5_000
LARGEST_SIDE = 12
NAMES = ("u", "v", "w")
ObjectArray = npt.NDArray[Any]


@dataclass(frozen=True)
class Shape:
    """What is multiplied: an n x m by an m x p matrix."""

    n: int
    m: int
    p: int

    @property
    def rows(self) -> tuple[int, int, int]:
        """Rows of the three factors."""
        return self.n * self.m, self.m * self.p, self.p * self.n


@dataclass(frozen=True)
class _Factor:
    """A matrix of Gaussian integers over one denominator."""

    real: ObjectArray
    imaginary: ObjectArray
    denominator: int


def construction(value: Any, shape: Shape) -> Evaluation:  # noqa: ANN401 - JSON
    """Returns minus the rank of a decomposition.

    Args:
        value: Three matrices, as a list or as an object of "u", "v" and "w"; entries are numbers, texts like
            "1/2", or pairs of the real and the imaginary part.
        shape: What is multiplied.
    """
    u, v, w = (
        _factor(matrix, rows, name)
        for matrix, rows, name in zip(_three(value, shape), shape.rows, NAMES, strict=True)
    )
    ranks = {factor.real.shape[1] for factor in (u, v, w)}
    if len(ranks) > 1:
        raise ConstructionRefused(f"u, v, w: expected as many columns in each, found {sorted(ranks)}")
    rank = ranks.pop()
    if not (
        _is_product(u, v, w, _tensor(shape)) or _is_product(u, v, w, _tensor(shape, is_transposed=False))
    ):
        raise ConstructionRefused(
            f"u, v, w: expected outer products that add up to the tensor of {shape.n} x {shape.m} by "
            f"{shape.m} x {shape.p}, found another tensor"
        )
    return Evaluation(-float(rank), {"rank": -float(rank)})


def _three(value: Any, shape: Shape) -> list[Any]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        value = {str(key).lower(): entry for key, entry in value.items()}
        named = value.pop("shape", None)
        if named is not None and named != [shape.n, shape.m, shape.p]:
            raise ConstructionRefused(
                f"shape: expected {[shape.n, shape.m, shape.p]}, found {str(named)[:60]}"
            )
        if set(NAMES) <= value.keys():
            factors = [value.pop(name) for name in NAMES]
            value = {**value, "factors": factors}
    factors = part(value, "factors", {"n": shape.n, "m": shape.m, "p": shape.p})
    if not isinstance(factors, list) or len(factors) != len(NAMES):
        raise ConstructionRefused("factors: expected three matrices, u, v and w, found something else")
    return factors


def _factor(value: Any, rows: int, name: str) -> _Factor:  # noqa: ANN401 - JSON
    """Returns a factor, [rows, rank]; a file may hold it with rows and columns exchanged."""
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value) or not value:
        raise ConstructionRefused(f"{name}: expected a matrix as a list of rows, found something else")
    widths = {len(row) for row in value}
    if len(widths) > 1 or 0 in widths:
        raise ConstructionRefused(f"{name}: expected rows of one length, found {sorted(widths)[:5]}")
    if len(value) != rows and len(value[0]) == rows:
        value = [list(row) for row in zip(*value, strict=True)]
    if len(value) != rows or len(value[0]) > MOST_PRODUCTS:
        raise ConstructionRefused(
            f"{name}: expected {rows} rows, found {len(value)} of {len(value[0])} entries"
        )
    entries = [
        [_entry(entry, f"{name}[{i}][{j}]") for j, entry in enumerate(row)] for i, row in enumerate(value)
    ]
    common = math.lcm(*(number.denominator for row in entries for pair in row for number in pair))
    parts = [
        np.array([[int(pair[k] * common) for pair in row] for row in entries], dtype=object) for k in (0, 1)
    ]
    return _Factor(parts[0], parts[1], common)


def _entry(value: Any, what: str) -> tuple[Fraction, Fraction]:  # noqa: ANN401 - JSON
    """Returns real and imaginary part."""
    if isinstance(value, list):
        if len(value) != 2:
            raise ConstructionRefused(f"{what}: expected [real, imaginary], found {len(value)} numbers")
        return fraction(value[0], what), fraction(value[1], what)
    return fraction(value, what), Fraction(0)


def _tensor(shape: Shape, *, is_transposed: bool = True) -> npt.NDArray[np.int64]:
    tensor = np.zeros(shape.rows, dtype=np.int64)
    for i in range(shape.n):
        for j in range(shape.m):
            for k in range(shape.p):
                last = k * shape.n + i if is_transposed else i * shape.p + k
                tensor[i * shape.m + j, j * shape.p + k, last] = 1
    return tensor


def _is_product(u: _Factor, v: _Factor, w: _Factor, tensor: npt.NDArray[np.int64]) -> bool:
    """Returns whether the outer products of the columns add up to the tensor; no integer overflows."""
    real = u.real[:, None] * v.real - u.imaginary[:, None] * v.imaginary
    imaginary = u.real[:, None] * v.imaginary + u.imaginary[:, None] * v.real
    rank = real.shape[-1]
    one, other = real.reshape(-1, rank), imaginary.reshape(-1, rank)
    scale = u.denominator * v.denominator * w.denominator
    wanted = tensor.reshape(-1, tensor.shape[-1]) * scale
    found = _sums(one, w.real) - _sums(other, w.imaginary)
    rest = _sums(one, w.imaginary) + _sums(other, w.real)
    return bool((found == wanted).all() and not rest.any())


def _sums(left: ObjectArray, right: ObjectArray) -> ObjectArray:
    """Returns left times right transposed, in 64 bits where no sum can overflow."""
    most = int(np.abs(left).max()) * int(np.abs(right).max()) * left.shape[1]
    kind = np.int64 if most < 2**62 else object
    return np.asarray(left.astype(kind) @ right.astype(kind).T).astype(object)
