"""Instances of online bin packing: items in order of arrival, and the bound that packings are held to."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

MAX_CAPACITY = 255  # a bin's free capacity is kept in one byte


@dataclass(frozen=True)
class PackingInstances:
    """Instances of one size and one bin capacity.

    Attributes:
        name: What a report calls them.
        capacity: Size of every bin.
        items: Item sizes in order of arrival, int64 [instances, items].
    """

    name: str
    capacity: int
    items: IntArray

    def __post_init__(self) -> None:
        smallest, largest = int(self.items.min()), int(self.items.max())
        if not 1 <= smallest <= largest <= self.capacity <= MAX_CAPACITY:
            raise ValueError(
                f"{self.name}: expected 1 <= items <= capacity <= {MAX_CAPACITY}, "
                f"found items {smallest}..{largest} and capacity {self.capacity}"
            )

    @property
    def lower_bounds(self) -> IntArray:
        """Fewest bins that the total size allows (the L1 bound), int64 [instances]."""
        return np.asarray(-(-self.items.sum(axis=1) // self.capacity))

    def first(self, count: int) -> PackingInstances:
        """Returns the first `count` of the instances."""
        return replace(self, items=self.items[:count])

    def excess_percent(self, bins_used: IntArray) -> float:
        """Returns mean bins used over the mean L1 bound, in percent above it, as FunSearch reports it."""
        return float(100.0 * (bins_used.sum() / self.lower_bounds.sum() - 1.0))


def unpacked(name: str, capacity: int, packed: bytes) -> PackingInstances:
    """Returns stored instances: gzipped JSON of FunSearch's form, `{instance: {"items": [...]}}`."""
    stored = json.loads(gzip.decompress(packed))
    items = np.array([instance["items"] for instance in stored.values()], dtype=np.int64)
    return PackingInstances(name, capacity, items)
