"""Instances by OR-Library's recipe, and the official OR3 set."""

from __future__ import annotations

from importlib import resources

import numpy as np

from experiments.bin_packing.instances import PackingInstances, unpacked

CAPACITY = 150
SMALLEST_ITEM, LARGEST_ITEM = 20, 100
ITEMS_PER_INSTANCE = 500


def generate(seed: int, instances: int) -> PackingInstances:
    """Returns training instances: uniform integers 20..100, capacity 150, 500 items each."""
    rng = np.random.default_rng(seed)
    shape = (instances, ITEMS_PER_INSTANCE)
    items = rng.integers(SMALLEST_ITEM, LARGEST_ITEM, size=shape, endpoint=True)
    return PackingInstances(f"{instances} generated instances", CAPACITY, items)


def official_or1() -> PackingInstances:
    """Returns OR-Library's 20 instances of 120 items; see data/README.md."""
    return _official("OR1")


def official_or3() -> PackingInstances:
    """Returns OR-Library's 20 instances of 500 items; see data/README.md."""
    return _official("OR3")


def _official(name: str) -> PackingInstances:
    packed = resources.files(__package__).joinpath(f"data/obp_{name.lower()}.json.gz").read_bytes()
    return unpacked(f"official {name}", CAPACITY, packed)
