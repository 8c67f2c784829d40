"""Builds kissing configurations: whole vectors, the longest no longer than the distance of any two."""

import itertools

import funsearch


def construct(dimension: int) -> list[list[int]]:
    """Returns those of the vectors that are as long as the first and not too near one before."""
    kept: list[list[int]] = []
    for vector in vectors(dimension):
        length = sum(x * x for x in vector)
        is_far = all(
            sum((x - y) ** 2 for x, y in zip(vector, other, strict=True)) >= length for other in kept
        )
        if length and is_far and (not kept or length == sum(x * x for x in kept[0])):
            kept.append([int(x) for x in vector])
    return kept


@funsearch.evolve
def vectors(dimension: int) -> list[list[int]]:
    """Returns whole vectors in the order in which they are tried."""
    found = []
    for first, second in itertools.combinations(range(dimension), 2):
        for one, other in itertools.product((1, -1), repeat=2):
            vector = [0] * dimension
            vector[first], vector[second] = one, other
            found.append(vector)
    return found
