"""The population loop: exact budgets, exact resume, nothing paid twice, failures said."""

import itertools

import pytest

from funsearch.config import Budget
from funsearch.mutation_sampler import MutationSampler
from funsearch.progress import SilentObserver
from funsearch.sampler import Candidate, Samples
from funsearch.stream import StreamPlan
from funsearch.workers import InlineWorkers

from .conftest import FailingSampler, LengthEvaluator, ParrotSampler, World


class Killed(BaseException):
    """Stands for kill -9: nothing after it runs."""


class DyingWorkers(InlineWorkers):
    """Stops the world after so many finished jobs."""

    def __init__(self, samplers, evaluator, jobs):
        super().__init__(samplers, evaluator)
        self._left = jobs

    def collect(self, timeout):
        if self._left == 0:
            raise Killed
        self._left -= 1
        return super().collect(timeout)


class ShuffledWorkers(InlineWorkers):
    """Finishes jobs out of order: the newest evaluation first, now and then."""

    _beat = itertools.count()

    def collect(self, timeout):
        if len(self._queue) > 2 and next(self._beat) % 3:
            self._queue.rotate(1)
        return super().collect(timeout)


def another(world, tmp_path_factory):
    return World(world.specification, tmp_path_factory.mktemp("other"))


@pytest.mark.parametrize("evaluations", [1, 7, 150])
def test_a_budget_of_evaluations_is_kept_exactly(world, evaluations):
    evaluator = LengthEvaluator()
    evolution = world.run(evaluations, evaluator=evaluator)
    assert len(evaluator.evaluated) == evaluations
    assert evolution.progress.evaluations == evaluations
    assert evolution.stop_reason == f"budget of {evaluations} evaluations used"


@pytest.mark.parametrize("budget", [3, 12, 100])
def test_an_endpoint_is_asked_for_no_more_than_the_budget_can_use(world, budget):
    asked = []

    class Paid(MutationSampler):
        def sample(self, prompt, samples):
            asked.append(samples)
            return super().sample(prompt, samples)

    plans = [StreamPlan("model", 8, 8, cost="tokens")]
    evolution = world.run(budget, samplers={"model": Paid(world.specification)}, plans=plans)
    count = evolution.progress.samplers["model"]
    assert count.evaluated == budget
    # The last request may ask for more than is left, and known programs are replaced.
    assert sum(asked) < budget + count.duplicates + count.defective + 8


def test_evolution_finds_better_programs_and_tells_who_did(world):
    progress = world.run(200).progress
    assert progress.best_score > 90
    assert progress.best_sampler == "mutation"
    assert progress.resets >= 2
    count = progress.samplers["mutation"]
    left_by_the_budget = count.proposed - count.evaluated - count.duplicates - count.defective
    assert 0 <= left_by_the_budget <= 4 * 4 + 4
    assert 0 < count.valid < count.evaluated


def test_the_same_seed_gives_the_same_run_whatever_the_order_of_finishing(world, tmp_path_factory):
    world.run(120)
    other = another(world, tmp_path_factory)
    samplers = {"mutation": MutationSampler(world.specification)}
    other.run(120, workers=ShuffledWorkers(samplers, LengthEvaluator()))
    shared = min(len(world.story()), len(other.story()))  # the last tickets are cut by the budget
    assert shared > 100
    assert world.story()[:shared] == other.story()[:shared]


def test_another_seed_gives_another_run(world, tmp_path_factory):
    world.run(60)
    other = another(world, tmp_path_factory)
    other.run(60, seed=1)
    assert world.story() != other.story()


@pytest.mark.parametrize("jobs", [0, 1, 5, 23, 60, 61, 62])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(world, tmp_path_factory, jobs):
    whole = another(world, tmp_path_factory)
    whole.run(150)
    samplers = {"mutation": MutationSampler(world.specification)}
    paid = LengthEvaluator()
    evolution = world.evolution(workers=DyingWorkers(samplers, paid, jobs))
    with pytest.raises(Killed):
        evolution.run(Budget(evaluations=150), SilentObserver())
    world.journal.close()
    resumed = world.run(150, evaluator=paid)
    assert world.story() == whole.story()
    assert len(paid.evaluated) == len(set(paid.evaluated)) == 150
    assert resumed.progress.evaluations == 150


class ClumsySampler:
    """Proposes what no parser of ours may stumble over."""

    description = "clumsy"

    def sample(self, prompt, samples):
        texts = (
            "def value(x, x): return 1",
            "def value(x):\n    return x \\\n\n",
            "def value(x): return 0x" + "f" * 4000,
        )
        chain = "def value(x): return " + "+".join(["x"] * 1000)
        return Samples(tuple(Candidate(text) for text in (*texts, chain, "\x00", "")))


def test_no_proposal_however_odd_stops_a_run(world):
    plans = [StreamPlan("clumsy", 4, 4, cost="free")]
    evolution = world.run(10, samplers={"clumsy": ClumsySampler()}, plans=plans)
    count = evolution.progress.samplers["clumsy"]
    assert count.evaluated == 1
    assert count.defective == count.proposed // 6 * 5


def test_an_evaluator_that_chokes_on_a_number_makes_the_program_invalid(world):
    class Choking:
        def evaluate(self, source):
            raise OverflowError("int too large to convert to float")

    evolution = world.run(10, evaluator=Choking())
    assert evolution.progress.samplers["mutation"].valid == 0
    assert evolution.progress.evaluations == 10


def test_a_larger_budget_continues_a_finished_run(world, tmp_path_factory):
    whole = another(world, tmp_path_factory)
    whole.run(120)
    world.run(50)
    assert world.run(120).progress.evaluations == 120
    assert world.story() == whole.story()


def test_a_known_program_is_not_paid_for_again(world):
    evaluator = LengthEvaluator()
    plans = [StreamPlan("parrot", 4, 4, cost="free")]
    evolution = world.run(10, samplers={"parrot": ParrotSampler()}, evaluator=evaluator, plans=plans)
    assert evaluator.evaluated == []
    assert evolution.stop_reason.startswith("no new program in the last")
    count = evolution.progress.samplers["parrot"]
    assert count.duplicates == count.proposed > 0


def test_a_sampler_that_keeps_failing_is_switched_off_and_the_others_go_on(world):
    samplers = {"mutation": MutationSampler(world.specification), "model": FailingSampler()}
    evolution = world.run(100, samplers=samplers)
    assert evolution.switched_off == {"model": "the model is out"}
    assert evolution.progress.evaluations == 100


def test_a_run_whose_every_sampler_fails_stops_and_says_why(world):
    plans = [StreamPlan("model", 4, 2, cost="core")]
    evolution = world.run(100, samplers={"model": FailingSampler()}, plans=plans)
    assert evolution.stop_reason == "every sampler failed; the last one: the model is out"


def test_an_asked_stop_drains_what_is_paid_for_and_can_be_resumed(world, tmp_path_factory):
    whole = another(world, tmp_path_factory)
    whole.run(100)

    class Stopping(SilentObserver):
        def on_progress(self, progress):
            if progress.evaluations >= 30:
                evolution.stop("interrupted")

    evolution = world.evolution()
    assert evolution.run(Budget(evaluations=100), Stopping()) == "interrupted"
    world.journal.close()
    assert world.run(100).stop_reason == "budget of 100 evaluations used"
    assert world.story() == whole.story()
