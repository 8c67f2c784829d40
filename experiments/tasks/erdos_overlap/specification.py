"""Bounds Erdos's minimum overlap constant from above by a step function.

The values lie between 0 and 1 and their mean is 0.5; the largest overlap of the function with one minus
itself, over all shifts, is to be small.
"""

import numpy as np

import funsearch


def construct(steps: int) -> np.ndarray:
    """Returns the values on `steps` steps of equal width, scaled to a mean of 0.5 within [0, 1]."""
    values = np.clip(np.nan_to_num(np.asarray(heights(steps), dtype=float)), 0.0, 1.0)
    for _ in range(60):
        values = np.clip(values + (0.5 - values.mean()), 0.0, 1.0)
    return np.asarray(values)


@funsearch.evolve
def heights(steps: int) -> np.ndarray:
    """Returns the value of the function on each step, [steps], between 0 and 1."""
    places = 2 * np.pi * (np.arange(steps) + 0.5) / steps
    values = np.full(steps, 0.5)
    values = values + 0.0 * np.cos(places)
    values = values + 0.0 * np.cos(2 * places)
    values = values + 0.0 * np.cos(3 * places)
    values = values + 0.0 * np.cos(4 * places)
    return values + 0.0 * np.cos(5 * places)
