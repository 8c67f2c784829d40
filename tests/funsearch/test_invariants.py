"""What holds for every run, whatever its settings: budgets, growth, bests, resumption."""

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funsearch.config import ArchiveConfig, Budget
from funsearch.mutation_sampler import MutationSampler
from funsearch.progress import SilentObserver
from funsearch.stream import StreamPlan

from .conftest import LengthEvaluator, World
from .test_evolution import DyingWorkers, Killed

SETTINGS = settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CONFIGURATIONS = st.builds(
    ArchiveConfig,
    islands=st.integers(1, 5),
    opening_evaluations=st.sampled_from([1, 10, 500]),
    functions_per_prompt=st.integers(1, 3),
    cluster_temperature=st.sampled_from([0.01, 0.1, 5.0]),
    temperature_period=st.integers(5, 200),
    reset_evaluations=st.integers(5, 60),
)
PLANS = st.builds(
    lambda samples, window: [StreamPlan("mutation", samples, window, "free")],
    st.integers(1, 5),
    st.integers(1, 6),
)


def new_world(specification, config):
    """A world in a directory of its own: hypothesis tries many in one test."""
    world = World(specification, Path(tempfile.mkdtemp(prefix="invariants-")))
    world.config = config
    return world


@SETTINGS
@given(config=CONFIGURATIONS, plans=PLANS, evaluations=st.integers(1, 60))
def test_a_budget_of_evaluations_is_kept_exactly(specification, config, plans, evaluations):
    evaluator = LengthEvaluator()
    world = new_world(specification, config)
    evolution = world.run(evaluations, evaluator=evaluator, plans=plans)
    assert len(evaluator.evaluated) == evolution.progress.evaluations <= evaluations
    assert evolution.progress.evaluations == evaluations or "no new program" in evolution.stop_reason


@SETTINGS
@given(config=CONFIGURATIONS, plans=PLANS, jobs=st.integers(0, 60), seed=st.integers(0, 99))
def test_a_run_killed_at_any_moment_ends_as_if_it_had_not_been(specification, config, plans, jobs, seed):
    whole, killed = new_world(specification, config), new_world(specification, config)
    whole.run(60, seed=seed, plans=plans)
    paid = LengthEvaluator()
    workers = DyingWorkers({"mutation": MutationSampler(specification)}, paid, jobs)
    evolution = killed.evolution(workers=workers, seed=seed, plans=plans)
    with suppress(Killed):
        evolution.run(Budget(evaluations=60), SilentObserver())
    killed.journal.close()
    killed.run(60, evaluator=paid, seed=seed, plans=plans)
    assert killed.story() == whole.story()
    assert len(paid.evaluated) == len(set(paid.evaluated))


@SETTINGS
@given(config=CONFIGURATIONS, plans=PLANS, seed=st.integers(0, 99))
def test_every_island_that_opens_grows_and_the_best_is_the_best_of_all(specification, config, plans, seed):
    world = new_world(specification, config)
    evolution = world.run(150, seed=seed, plans=plans)
    drawn = {told[2] for told in world.story()}
    assert drawn == set(range(config.islands if config.opening_evaluations <= 10 else 1))
    scores = [told[8] for told in world.story() if told[8] is not None]
    assert evolution.progress.best_score == max([1.0, *scores])
    if config.islands > 1:
        assert max(evolution.progress.best_per_island) == evolution.progress.best_score
