"""Online bin packing: published figures reproduced, no look-ahead, both ways of scoring alike."""

import numpy as np
import pytest

from experiments.bin_packing.instances import PackingInstances
from experiments.bin_packing.packing import BestFit, FirstFit, pack
from experiments.bin_packing.scoring import PackingEvaluator
from experiments.tasks.bin_packing_or.instances import generate, official_or3
from experiments.tasks.bin_packing_or.task import build
from sandbox import Outcome
from sandbox.scripted import ScriptedSandbox

SMALL = PackingInstances("small", 150, generate(1, 3).items[:, :60])
BEST_FIT = "def priority(item, bins):\n    return -(bins - item)\n"
NOT_ELEMENTWISE = "def priority(item, bins):\n    return -(bins - min(bins))\n"


def answered_by(function):
    """A sandbox whose candidate is a trusted Python function."""
    return ScriptedSandbox(lambda source, name, arguments: function(*arguments))


def best_fit(item, bins):
    return -(bins - item)


def test_the_official_figures_of_first_fit_and_best_fit_are_reproduced():
    official = official_or3()
    assert official.items.shape == (20, 500)
    assert round(official.excess_percent(pack(official, FirstFit())), 2) == 5.74
    assert round(official.excess_percent(pack(official, BestFit())), 2) == 5.37


def test_training_instances_follow_the_recipe_and_are_not_the_official_ones():
    training, official = generate(2024, 20), official_or3()
    assert training.items.min() == 20
    assert training.items.max() == 100
    assert not any((a == b).all() for a in training.items for b in official.items)
    np.testing.assert_array_equal(training.items, generate(2024, 20).items)


def test_a_program_that_is_best_fit_scores_as_best_fit_both_ways():
    expected = -SMALL.excess_percent(pack(SMALL, BestFit()))
    by_table = PackingEvaluator(answered_by(best_fit), SMALL).evaluate(BEST_FIT)
    asked = PackingEvaluator(answered_by(best_fit), SMALL, trust_proof=False).evaluate(BEST_FIT)
    assert by_table.score == asked.score == expected
    assert by_table.signature == asked.signature
    assert by_table.integrity == "verified"


@pytest.mark.parametrize(
    "function",
    [
        lambda item, bins: np.where(
            bins - item < 5, 4.0, np.where(bins - item > 60, 3.0, 1 / (bins - item + 1))
        ),
        lambda item, bins: bins * 0.0,
        lambda item, bins: np.where(bins > 100, -np.inf, bins),
        lambda item, bins: (bins - item) % 7 == 0,
        lambda item, bins: np.where(bins == 150, np.inf, -bins),
    ],
)
def test_table_and_item_by_item_give_the_same_packing(function):
    by_table = PackingEvaluator(answered_by(function), SMALL).evaluate(BEST_FIT)
    asked = PackingEvaluator(answered_by(function), SMALL, trust_proof=False).evaluate(BEST_FIT)
    assert by_table.is_valid
    assert by_table.signature == asked.signature


def test_a_program_without_a_proof_is_shown_every_bin_with_room_and_one_item_only():
    seen = []

    def watch(item, bins):
        seen.append((item, bins))
        return -(bins - bins.min())

    evaluation = PackingEvaluator(answered_by(watch), SMALL).evaluate(NOT_ELEMENTWISE)
    assert evaluation.is_valid
    assert len(seen) == SMALL.items.size
    first_items = {int(item) for item in SMALL.items[:, 0]}
    assert {int(item) for item, _ in seen[:3]} == first_items
    assert all(len(bins) == 60 for _, bins in seen[:3])  # all bins, the empty ones too
    assert all((bins >= item).all() for item, bins in seen)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda item, bins: np.where(bins > 100, np.nan, bins), "NaN"),
        (lambda item, bins: bins[:-1], "one priority per bin"),
        (lambda item, bins: 3.0, "array of real numbers, found float"),
        (lambda item, bins: "high", "found str"),
        (lambda item, bins: None, "found NoneType"),
        (lambda item, bins: [2**1024 - 1] * len(bins), "array of real numbers"),
        (lambda item, bins: bins.reshape(1, -1), "one priority per bin"),
        (lambda item, bins: 1 // 0, "raised"),
    ],
)
@pytest.mark.parametrize("source", [BEST_FIT, NOT_ELEMENTWISE])
def test_what_is_no_priority_makes_the_program_invalid(answer, why, source):
    evaluation = PackingEvaluator(answered_by(answer), SMALL).evaluate(source)
    assert not evaluation.is_valid
    assert why in evaluation.feedback


def test_nan_where_no_packing_looks_does_no_harm():
    """Capacity 149 with an item of 100 is never met: no item is of size 1."""

    def odd(item, bins):
        return np.where((bins == 149) | (bins == 141), np.nan, -(bins - item).astype(float))

    assert PackingEvaluator(answered_by(odd), SMALL).evaluate(BEST_FIT).is_valid


def test_a_sandbox_that_reports_a_death_makes_the_program_invalid():
    for status in ("timed_out", "memory_exceeded", "crashed", "rejected"):
        box = ScriptedSandbox({BEST_FIT: Outcome(status, error="no more")})
        evaluation = PackingEvaluator(box, SMALL).evaluate(BEST_FIT)
        assert evaluation.feedback.startswith(status)


def test_the_task_stands_beside_its_baselines():
    task = build()
    assert {baseline.name: task.show(baseline.held_out) for baseline in task.baselines} == {
        "first fit": "5.74 %",
        "best fit": "5.37 %",
        "FunSearch (published)": "3.11 %",
    }


@pytest.mark.parametrize("trust_proof", [True, False])
def test_a_program_that_packs_the_first_instances_worse_than_best_fit_goes_no_further(trust_proof):
    def evaluate(function, screen):
        box = answered_by(function)
        return PackingEvaluator(box, SMALL, trust_proof=trust_proof, screen=screen).evaluate(BEST_FIT)

    worst_fit = evaluate(lambda item, bins: bins - item, 2)
    assert "the first 2 instances: expected at most best fit's" in worst_fit.feedback
    assert evaluate(lambda item, bins: bins - item, 0).is_valid
    assert evaluate(best_fit, 2) == evaluate(best_fit, 0)
