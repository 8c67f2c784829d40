"""Online bin packing: items arrive one by one, and each is put into a bin with room at once.

The item goes into the bin of highest priority, the first of equals.
"""

import numpy as np

import funsearch


@funsearch.evolve
def priority(item: int, bins: np.ndarray) -> np.ndarray:
    """Returns the priority of each bin for the item; `bins` holds the free capacity of bins with room."""
    return -(bins - item)
