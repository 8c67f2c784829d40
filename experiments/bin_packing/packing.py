"""The trusted simulator of online bin packing.

It alone knows the items to come: a policy is shown the current item and the bins, never more. All
instances advance together, one item each per step, so that an outside policy costs one round trip a step.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from experiments.bin_packing.instances import IntArray, PackingInstances


class Policy(Protocol):
    """Chooses bins. Every bin of `remaining` right of `opened` is still empty."""

    def choose(self, items: IntArray, remaining: IntArray, opened: int) -> IntArray:
        """Returns the chosen bin of each instance, int64 [instances].

        Args:
            items: The current item of each instance, int64 [instances].
            remaining: Free capacity of every bin, int64 [instances, bins]; not to be changed.
            opened: How many bins any instance has used so far.
        """


def pack(instances: PackingInstances, policy: Policy) -> IntArray:
    """Returns how many bins the policy uses, int64 [instances].

    Raises:
        ValueError: The policy chose a bin without room.
    """
    count, length = instances.items.shape
    rows = np.arange(count)
    remaining = np.full((count, length), instances.capacity, dtype=np.int64)
    opened = 0
    for step in range(length):
        items = instances.items[:, step]
        chosen = policy.choose(items, remaining, opened)
        remaining[rows, chosen] -= items
        if remaining[rows, chosen].min() < 0:
            raise ValueError(f"step {step}: the policy chose a bin without room for its item")
        opened = max(opened, int(chosen.max()) + 1)
    return np.asarray(np.count_nonzero(remaining < instances.capacity, axis=1))


class FirstFit:
    """Chooses the first bin with room."""

    def choose(self, items: IntArray, remaining: IntArray, opened: int) -> IntArray:
        return np.asarray(np.argmax(remaining[:, : opened + 1] >= items[:, None], axis=1))


class BestFit:
    """Chooses the fullest bin with room."""

    def choose(self, items: IntArray, remaining: IntArray, opened: int) -> IntArray:
        seen = remaining[:, : opened + 1]
        slack = seen - items[:, None]
        return np.asarray(np.argmin(np.where(slack >= 0, slack, np.iinfo(np.int64).max), axis=1))
