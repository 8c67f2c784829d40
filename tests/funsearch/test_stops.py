"""Limits of a run: each one stops it, each is named, and one without effect is refused."""

import re

import pytest

from funsearch.config import ArchiveConfig, Budget, RunConfig, TokenPrices
from funsearch.exceptions import ConfigError
from funsearch.journal import Ticket
from funsearch.progress import SilentObserver
from funsearch.sampler import Candidate, Samples
from funsearch.stops import Stops
from funsearch.stream import StreamPlan
from funsearch.tally import Tally

PRICES = TokenPrices(prompt=1.0, completion=4.0)


class ChattySampler:
    """Proposes something new each time, for 30 tokens a prompt."""

    description = "chatty"

    def __init__(self):
        self._number = 0

    def sample(self, prompt, samples):
        self._number += 1
        return Samples((Candidate(f"def value(x, y):\n    return x + {self._number}\n"),), 10, 20)


def tally_after(prompts):
    tally = Tally(["chatty"])
    for number in range(prompts):
        tally.admitted(Ticket("chatty", number, 0, 0, (), 0.1, 10, 20), [])
    return tally


@pytest.mark.parametrize(
    ("budget", "reason"),
    [
        (Budget(tokens=90), "budget of 90 tokens used"),
        (Budget(money=0.00027), "budget of 0.00027 money used"),
        (Budget(minutes=0.5), "budget of 0.5 minutes used"),
        (Budget(minutes=9, target_score=1.5), "target score of 1.5 reached"),
    ],
)
def test_each_limit_is_reached_exactly_and_named(budget, reason):
    assert Stops(budget, PRICES).reason(tally_after(3), 1.5, 30.0) == reason
    assert Stops(budget, PRICES).reason(tally_after(2), 1.4, 29.9) is None


def test_a_budget_of_tokens_ends_a_run_up_to_the_prompts_under_way(world):
    plans = [StreamPlan("chatty", 1, 2, cost="free")]
    evolution = world.evolution(samplers={"chatty": ChattySampler()}, plans=plans)
    assert evolution.run(Budget(tokens=300), SilentObserver()) == "budget of 300 tokens used"
    world.journal.close()
    assert 300 <= evolution.progress.samplers["chatty"].tokens <= 300 + 30 * plans[0].window


def test_a_target_score_ends_a_run_at_the_program_that_reaches_it(world):
    evolution = world.evolution()
    reason = evolution.run(Budget(evaluations=500, target_score=60.0), SilentObserver())
    world.journal.close()
    assert reason == "target score of 60 reached"
    assert evolution.progress.best_score >= 60
    assert evolution.progress.evaluations < 500


UNDER_WAY = 32  # evaluations that count as well: 8 prompts in flight with 4 candidates each


def evaluations_in(reason):
    return int(re.fullmatch(r"no better program in the last (\d+) evaluations", reason)[1])


def test_a_run_that_finds_nothing_better_any_more_ends(world):
    evolution = world.evolution(seed=1)
    reason = evolution.run(Budget(stagnation=120), SilentObserver())
    world.journal.close()
    assert 120 <= evaluations_in(reason) < 120 + UNDER_WAY
    resumed = world.evolution(seed=1)
    again = resumed.run(Budget(stagnation=120), SilentObserver())
    assert 120 <= evaluations_in(again) < 120 + UNDER_WAY
    assert resumed.progress.evaluations == evolution.progress.evaluations
    world.journal.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Budget(target_score=1.0), "found none"),
        (lambda: Budget(minutes=1, target_score=float("nan")), "target_score=nan"),
        (lambda: Budget(tokens=0), "tokens=0"),
        (lambda: Budget(stagnation=-3), "stagnation=-3"),
        (lambda: TokenPrices(-1.0, 0.0), "prompt=-1"),
        (lambda: RunConfig("t", strategy="luck"), "best-of-n"),
        (lambda: RunConfig("t", samplers=("mutation",), budget=Budget(tokens=5)), "uses tokens"),
        (lambda: RunConfig("t", samplers=("mutation",), prices=PRICES), "uses tokens"),
        (lambda: RunConfig("t", budget=Budget(money=5.0)), "--price"),
        (lambda: RunConfig("t", strategy="hill-climb", archive=ArchiveConfig(islands=9)), "no islands"),
    ],
)
def test_a_setting_without_sense_or_effect_is_an_error(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
