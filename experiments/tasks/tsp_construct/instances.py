"""ReEvo's instances: 64 of each set, cities uniform in the unit square, all from one random stream.

The order of the sets is that of ReEvo's generator (Ye et al., "ReEvo", NeurIPS 2024), which begins at
RandomState(1234): the sets for training and validation come first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

SEED = 1234
INSTANCES = 64
ORDER = (("train50", 50), ("val50", 50), ("test20", 20), ("test50", 50), ("test100", 100))


@dataclass(frozen=True)
class Tours:
    """Instances of one size.

    Attributes:
        name: What a report calls them.
        cities: Their places, float64 [instances, cities, 2].
        shortest: Length of the shortest known tour of each, float64 [instances].
    """

    name: str
    cities: FloatArray
    shortest: FloatArray

    @property
    def distances(self) -> FloatArray:
        """Euclidean distances, float64 [instances, cities, cities]."""
        apart = self.cities[:, :, None, :] - self.cities[:, None, :, :]
        return np.asarray(np.sqrt((apart**2).sum(axis=-1)))

    def gap_percent(self, lengths: FloatArray) -> float:
        """Returns how much longer tours are than the shortest known, in percent, by their means."""
        return float(100.0 * (lengths.mean() / self.shortest.mean() - 1.0))


@cache
def instances(name: str) -> Tours:
    """Returns one of ReEvo's sets; raises `KeyError` for another name."""
    text = resources.files(__package__).joinpath("data/shortest_tours.json").read_text(encoding="utf-8")
    shortest = np.array(json.loads(text)[name], dtype=np.float64)
    # ReEvo's own generator is asked, as its stream of numbers is what fixes the instances.
    rng = np.random.RandomState(SEED)
    for known, cities in ORDER:
        places = rng.rand(INSTANCES, cities, 2)
        if known == name:
            return Tours(name, places, shortest)
    raise KeyError(name)
