"""Packs n circles into the unit square so that their radii add up to as much as possible.

`layout` says where the circles begin; from there the centers move, by small steps that grow the radii while
circles push one another apart, to a packing nearby.
"""

import numpy as np

import funsearch


def construct(n: int) -> np.ndarray:
    """Returns circles as rows of x, y and radius, [n, 3]."""
    centers = np.clip(np.asarray(layout(n), dtype=float).reshape(n, 2), 0.01, 0.99)
    return settled(np.nan_to_num(centers, nan=0.5))


def settled(centers: np.ndarray) -> np.ndarray:
    """Returns the circles that a descent on the overlaps settles at, with a growing price of overlap."""
    n = len(centers)
    first, second = np.triu_indices(n, k=1)
    state = np.concatenate([centers.ravel(), np.full(n, 0.4 / np.sqrt(n))])
    momentum, spread = np.zeros_like(state), np.zeros_like(state)
    step = 0
    for price, rate, steps in (
        (10.0, 0.01, 400),
        (100.0, 0.004, 600),
        (1000.0, 0.001, 800),
        (1e4, 0.0003, 800),
        (1e5, 0.00005, 800),
    ):
        for _ in range(steps):
            step += 1
            slope = descent(state, price, first, second)
            momentum = 0.9 * momentum + 0.1 * slope
            spread = 0.99 * spread + 0.01 * slope**2
            state = state - rate * momentum / (1 - 0.9**step) / (np.sqrt(spread / (1 - 0.99**step)) + 1e-9)
    return np.column_stack([np.clip(state[: 2 * n].reshape(n, 2), 0, 1), np.maximum(state[2 * n :], 0)])


def descent(state: np.ndarray, price: float, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Returns the slope of minus the sum of the radii, plus the squared overlaps at a price."""
    n = len(state) // 3
    centers, radii = state[: 2 * n].reshape(n, 2), state[2 * n :]
    apart = centers[first] - centers[second]
    distance = np.sqrt((apart**2).sum(axis=1)) + 1e-12
    overlap = np.maximum(radii[first] + radii[second] - distance, 0)
    below = np.maximum(radii[:, None] - centers, 0)
    above = np.maximum(radii[:, None] + centers - 1, 0)
    pull = (overlap / distance)[:, None] * apart
    of_centers = above - below
    np.add.at(of_centers, first, -pull)
    np.add.at(of_centers, second, pull)
    of_radii = (below + above).sum(axis=1)
    np.add.at(of_radii, first, overlap)
    np.add.at(of_radii, second, overlap)
    return np.concatenate([2 * price * of_centers.ravel(), 2 * price * of_radii - 1])


@funsearch.evolve
def layout(n: int) -> np.ndarray:
    """Returns where the circles begin, [n, 2], between 0 and 1."""
    columns = int(np.ceil(np.sqrt(n)))
    places = np.arange(n)
    return np.column_stack([places % columns + 0.5, places // columns + 0.5]) / columns
