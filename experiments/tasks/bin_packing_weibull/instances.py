"""Instances of Weibull law by the published recipe, and the official Weibull 5k set."""

from __future__ import annotations

from importlib import resources

import numpy as np

from experiments.bin_packing.instances import PackingInstances, unpacked

CAPACITY = 100
SHAPE, SCALE = 3.0, 45.0  # FunSearch (Nature 625, 2024), after Castiñeiras et al. 2012
ITEMS_PER_INSTANCE = 5_000


def generate(seed: int, instances: int, items: int = ITEMS_PER_INSTANCE) -> PackingInstances:
    """Returns training instances: Weibull sizes of shape 3 and scale 45, made whole, held within 1..100.

    The recipe leaves open how sizes are made whole: every other instance is rounded, the rest are cut off, so
    that what is found does not hang on it.
    """
    rng = np.random.default_rng(seed)
    sizes = SCALE * rng.weibull(SHAPE, size=(instances, items))
    sizes[::2] = np.rint(sizes[::2])
    whole = np.clip(sizes.astype(np.int64), 1, CAPACITY)
    return PackingInstances(f"{instances} generated instances of {items:,} items", CAPACITY, whole)


def official_weibull_5k() -> PackingInstances:
    """Returns FunSearch's 5 instances of 5,000 items; see data/README.md."""
    packed = resources.files(__package__).joinpath("data/obp_weibull5k.json.gz").read_bytes()
    return unpacked("official Weibull 5k", CAPACITY, packed)
