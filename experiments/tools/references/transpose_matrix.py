"""What transpose_matrix must answer."""

import random


def transpose_matrix(matrix: list[list[int]]) -> list[list[int]]:
    """Returns the matrix's columns as rows."""
    return [list(column) for column in zip(*matrix, strict=True)]


_rng = random.Random(0)
_EDGES: list[tuple[object]] = [
    ([[]],), ([[], []],), ([[0]],), ([[1, 2]],), ([[1], [2]],), ([[1, 2], [3, 4]],), ([[1, 1], [1, 1]],),
]  # fmt: skip
INPUTS: list[tuple[object]] = [
    *_EDGES,
    *[
        ([[_rng.randint(-9, 9) for _ in range(columns)] for _ in range(rows)],)
        for rows in range(1, 9)
        for columns in range(2, 9)
    ],
]
