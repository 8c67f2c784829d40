"""Packing by ranks is packing by priorities: compared step by step with the plain simulator."""

import numpy as np
import pytest

from experiments.bin_packing.instances import PackingInstances
from experiments.bin_packing.packing import pack
from experiments.bin_packing.ranked import POISON, UNFIT, PoisonChosen, pack_by_ranks

CAPACITY = 60


class RankPolicy:
    """Looks at every bin: the first of the highest ranks."""

    def __init__(self, ranks):
        self.ranks = ranks
        self.met_poison = False

    def choose(self, items, remaining, opened):
        ranks = self.ranks[items[:, None], remaining]
        self.met_poison |= bool((ranks.max(axis=1) == POISON).any())
        return np.argmax(ranks, axis=1)


def random_instances(rng):
    items = rng.integers(1, CAPACITY, size=(3, 200), endpoint=True)
    return PackingInstances("random", CAPACITY, np.minimum(items, rng.integers(5, CAPACITY)))


def random_ranks(rng, different):
    ranks = rng.integers(0, different, size=(CAPACITY + 1, CAPACITY + 1)).astype(np.int16)
    levels = np.arange(CAPACITY + 1)
    ranks[levels[:, None] > levels[None, :]] = UNFIT
    return ranks


@pytest.mark.parametrize("different", [1, 2, 7, 5_000])
@pytest.mark.parametrize("seed", range(5))
def test_bins_used_are_those_of_the_plain_simulator_with_few_ties_and_with_many(different, seed):
    rng = np.random.default_rng(seed)
    instances, ranks = random_instances(rng), random_ranks(rng, different)
    np.testing.assert_array_equal(pack_by_ranks(instances, ranks), pack(instances, RankPolicy(ranks)))


def poisoned(seed):
    rng = np.random.default_rng(seed)
    instances, ranks = random_instances(rng), random_ranks(rng, 50)
    fits = np.argwhere(ranks != UNFIT)
    ranks[tuple(fits[rng.integers(len(fits), size=2)].T)] = POISON
    policy = RankPolicy(ranks)
    return instances, ranks, pack(instances, policy), policy.met_poison


@pytest.mark.parametrize("seed", range(20))
def test_poison_is_met_exactly_where_a_packing_chooses_it(seed):
    instances, ranks, used, is_met = poisoned(seed)
    if is_met:
        with pytest.raises(PoisonChosen):
            pack_by_ranks(instances, ranks)
    else:
        np.testing.assert_array_equal(pack_by_ranks(instances, ranks), used)


def test_the_seeds_above_show_poison_both_met_and_not_met():
    assert {poisoned(seed)[3] for seed in range(20)} == {True, False}


@pytest.mark.parametrize(("items", "capacity"), [([[0, 1]], 60), ([[1, 61]], 60), ([[1, 2]], 256)])
def test_instances_that_cannot_be_packed_so_are_refused(items, capacity):
    with pytest.raises(ValueError, match=r"odd: expected 1 <= items <= capacity <= 255"):
        PackingInstances("odd", capacity, np.array(items))
    PackingInstances("sound", 60, np.array([[1, 60]]))
