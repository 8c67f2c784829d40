"""The baselines: what each builds on, and that evolution's machinery serves them unchanged."""

import numpy as np

from funsearch.baselines import BestOfN, HillClimb
from funsearch.cluster import ScoredProgram
from funsearch.config import Budget
from funsearch.evolution import Evolution
from funsearch.journal import Journal
from funsearch.mutation_sampler import MutationSampler
from funsearch.progress import SilentObserver
from funsearch.stream import StreamPlan
from funsearch.workers import InlineWorkers

from .conftest import LengthEvaluator

INITIAL = ScoredProgram(0, "initial", 0.0, (0.0,))
RNG = np.random.default_rng(0)


def parents_after(population, scores):
    """What each prompt shows, the first one before anything was registered."""
    shown = [population.select(RNG).parents[0].candidate]
    for number, score in enumerate(scores, start=1):
        population.register(ScoredProgram(number, "source", score, (score,)), 0, 0)
        shown.append(population.select(RNG).parents[0].candidate)
    return shown


def test_best_of_n_always_shows_the_initial_program_and_keeps_the_best():
    population = BestOfN(INITIAL)
    assert parents_after(population, [1.0, 3.0, 2.0]) == [0, 0, 0, 0]
    assert population.best.candidate == 2
    assert population.best_per_island == [3.0]


def test_hill_climbing_shows_the_best_and_crosses_plateaus():
    population = HillClimb(INITIAL)
    assert parents_after(population, [1.0, 0.5, 1.0, 2.0]) == [0, 1, 1, 3, 4]
    assert population.best.candidate == 4


def test_a_record_is_the_first_of_its_score():
    population = HillClimb(INITIAL)
    assert population.register(ScoredProgram(1, "s", 1.0, (1.0,)), 0, 0)
    assert not population.register(ScoredProgram(2, "s", 1.0, (1.0,)), 0, 0)
    assert population.best.candidate == 1


def run(world, population, evaluations):
    journal = Journal(world.directory)
    workers = InlineWorkers({"mutation": MutationSampler(world.specification)}, LengthEvaluator())
    plans = [StreamPlan("mutation", 4, 4, cost="free")]
    evolution = Evolution(world.specification, population, journal, plans, workers, 0)
    evolution.run(Budget(evaluations=evaluations), SilentObserver())
    journal.close()
    return evolution


def test_a_baseline_keeps_budgets_and_resumes_like_evolution(world, tmp_path_factory):
    other = type(world)(world.specification, tmp_path_factory.mktemp("other"))
    run(world, HillClimb(world.initial()), 40)
    resumed = run(world, HillClimb(world.initial()), 90)
    whole = run(other, HillClimb(world.initial()), 90)
    assert resumed.progress.evaluations == 90
    assert world.story() == other.story()
    assert resumed.progress.best_score == whole.progress.best_score
