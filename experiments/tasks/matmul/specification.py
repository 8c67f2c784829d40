"""Builds decompositions of the tensor of multiplying an n x m by an m x p matrix."""

import funsearch


def construct(n: int, m: int, p: int) -> list[list[list[int]]]:
    """Returns the three factors, a row for each product: those that are all 0 are left out."""
    kept = [product for product in products(n, m, p) if all(any(part) for part in product)]
    return [[list(product[factor]) for product in kept] for factor in range(3)]


@funsearch.evolve
def products(n: int, m: int, p: int) -> list[tuple[list[int], list[int], list[int]]]:
    """Returns each product: its coefficients of both matrices, and in the transposed result."""
    found = []
    for i in range(n):
        for j in range(m):
            for k in range(p):
                u, v, w = [0] * (n * m), [0] * (m * p), [0] * (p * n)
                u[i * m + j] = v[j * p + k] = w[k * n + i] = 1
                found.append((u, v, w))
    return found
