"""Online bin packing of Weibull law: published figures reproduced, the recipe kept, the official set unseen."""

import numpy as np
import pytest

from experiments.bin_packing.instances import PackingInstances
from experiments.bin_packing.scoring import PackingEvaluator
from experiments.tasks.bin_packing_weibull.instances import generate, official_weibull_5k
from experiments.tasks.bin_packing_weibull.task import TRAINING_INSTANCES, TRAINING_SEED, build
from sandbox.scripted import ScriptedSandbox

# Two facts of the official data, so that a changed file is noticed.
OFFICIAL_MEAN_LOWER_BOUND = 1987.8
OFFICIAL_SHAPE = (5, 5_000)


def test_the_task_stands_beside_its_baselines_as_published():
    task = build()
    assert {baseline.name: task.show(baseline.held_out) for baseline in task.baselines} == {
        "first fit": "4.23 %",
        "best fit": "3.98 %",
        "FunSearch (published)": "0.68 %",
    }


def test_the_official_instances_are_those_of_the_paper():
    official = official_weibull_5k()
    assert official.items.shape == OFFICIAL_SHAPE
    assert official.lower_bounds.mean() == pytest.approx(OFFICIAL_MEAN_LOWER_BOUND)


def test_training_instances_follow_the_law_and_are_not_the_official_ones():
    training, official = generate(TRAINING_SEED, TRAINING_INSTANCES), official_weibull_5k()
    assert training.items.min() >= 1
    assert training.items.max() <= 100
    mean = 45 * 0.89298  # scale x gamma(1 + 1/3)
    assert training.items[::2].mean() == pytest.approx(mean, abs=0.6)  # rounded
    assert training.items[1::2].mean() == pytest.approx(mean - 0.5, abs=0.6)  # cut off
    assert not any((a == b).mean() > 0.5 for a in training.items for b in official.items)
    np.testing.assert_array_equal(training.items, generate(TRAINING_SEED, TRAINING_INSTANCES).items)
    assert (training.items != generate(TRAINING_SEED + 1, TRAINING_INSTANCES).items).any()


def test_best_fit_scores_as_the_baseline_does():
    task = build()
    box = ScriptedSandbox(lambda source, name, arguments: -(arguments[1] - arguments[0]))
    score = task.training(box).evaluate(task.specification.program.text).score
    assert score == next(b.training for b in task.baselines if b.name == "best fit")


def test_a_packing_that_takes_too_long_item_by_item_is_invalid_and_says_the_time():
    small = PackingInstances("small", 100, generate(1, 1, 20).items)
    box = ScriptedSandbox(lambda source, name, arguments: -arguments[1])
    for seconds, is_valid in ((1e-9, False), (60.0, True)):
        evaluator = PackingEvaluator(box, small, trust_proof=False, interactive_seconds=seconds)
        evaluation = evaluator.evaluate("def priority(item, bins):\n    return -bins\n")
        assert evaluation.is_valid is is_valid
        assert is_valid or "timed_out: no packing within 0 s" in evaluation.feedback
