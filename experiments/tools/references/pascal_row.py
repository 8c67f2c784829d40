"""What pascal_row must answer."""

import math


def pascal_row(n: int) -> list[int]:
    """Returns the binomial coefficients of n."""
    return [math.comb(n, k) for k in range(n + 1)]


INPUTS: list[tuple[int]] = [(n,) for n in range(1, 101) if n not in (2, 4)]
