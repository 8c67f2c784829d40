"""Comparing strategies: every run once, the same budget for all, intervals that know what they do not know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funsearch import comparison, samplers
from funsearch.comparison import (
    Contest,
    Result,
    best_so_far,
    bootstrap,
    compare,
    interval,
    shared_config,
    standings,
)
from funsearch.config import ArchiveConfig, Budget
from funsearch.exceptions import ConfigError, RunError
from funsearch.journal import Journal
from funsearch.workers import InlineWorkers

from .conftest import RUNNABLE
from .test_evolution import DyingWorkers, Killed

pytestmark = pytest.mark.usefixtures("scripted_sandbox")
ALL = ("evolution", "hill-climb", "best-of-n")


@pytest.fixture
def arena(tmp_path):
    """Makes contests over one task file; `started` tells which runs were started or resumed."""
    return Arena(tmp_path)


class Arena:
    def __init__(self, directory):
        self.directory = directory
        self.started = []
        self.file = directory / "toy.py"
        self.file.write_text(RUNNABLE)

    def contest(self, *, seeds=2, strategies=ALL, evaluations=30, make_workers=None, **settings):
        settings = {"samplers": ("mutation",), "inputs": (0, 1), **settings}
        config = shared_config(str(self.file), Budget(evaluations=evaluations), settings)
        around = {"make_workers": make_workers or self.inline}
        return Contest(config, strategies, seeds, self.directory / "contest", around)

    def inline(self, task, config, box, jobs=None):
        self.started.append((config.strategy, config.seed))
        built = {name: samplers.build(name, task.specification, config) for name in config.samplers}
        if jobs is not None:
            return DyingWorkers(built, task.training(box), jobs)
        return InlineWorkers(built, task.training(box))


def silent(result):
    pass


def test_every_strategy_runs_with_every_seed_from_the_same_program_and_with_the_same_budget(arena):
    told = []
    compared = compare(arena.contest(), told.append)
    assert told == list(compared.results)
    assert {(r.strategy, r.seed) for r in told} == {(s, seed) for s in ALL for seed in (0, 1)}
    assert {r.evaluations for r in told} == {30}
    assert len({r.initial for r in told}) == 1
    assert all(r.training >= r.initial and r.held_out is None for r in told)
    assert [s.strategy for s in compared.standings] == list(ALL)
    assert not list(arena.directory.rglob("bank*"))


def test_a_finished_run_is_not_run_again_and_more_seeds_are_added_to_it(arena):
    first = compare(arena.contest(seeds=1), silent)
    assert len(arena.started) == 3
    again = compare(arena.contest(seeds=1), silent)
    assert len(arena.started) == 3
    assert again.results == first.results
    compare(arena.contest(seeds=2, strategies=("evolution",)), silent)
    assert arena.started[3:] == [("evolution", 1)]


def test_an_interrupted_comparison_goes_on_and_ends_like_a_whole_one(arena, tmp_path_factory):
    whole = compare(Arena(tmp_path_factory.mktemp("whole")).contest(), silent)

    def dying(task, config, box):
        return arena.inline(task, config, box, jobs=9 if config.strategy == "hill-climb" else None)

    with pytest.raises(Killed):
        compare(arena.contest(make_workers=dying), silent)
    assert arena.started == [("evolution", 0), ("hill-climb", 0)]
    resumed = compare(arena.contest(), silent)
    assert arena.started[2] == ("hill-climb", 0)
    assert [vars(r) | {"seconds": 0} for r in resumed.results] == [
        vars(r) | {"seconds": 0} for r in whole.results
    ]
    for strategy, curve in whole.curves.items():
        assert np.array_equal(curve.mean, resumed.curves[strategy].mean)


def test_a_run_stopped_by_the_user_stops_the_comparison_and_says_how_to_go_on(arena, monkeypatch):
    from funsearch import launch

    finish = launch.evolve

    def stopped(*arguments, **settings):
        import dataclasses

        return dataclasses.replace(finish(*arguments, **settings), stop_reason="interrupted")

    monkeypatch.setattr(comparison.launch, "evolve", stopped)
    with pytest.raises(RunError, match="the same command goes on"):
        compare(arena.contest(), silent)


def test_a_directory_of_another_comparison_is_refused_by_what_differs(arena):
    compare(arena.contest(seeds=1, strategies=("best-of-n",)), silent)
    with pytest.raises(RunError, match=r"budget was .*evaluations=30.* is now .*evaluations=40.*--directory"):
        compare(arena.contest(seeds=1, evaluations=40), silent)
    with pytest.raises(RunError, match="inputs"):
        compare(arena.contest(seeds=1, inputs=(5,)), silent)
    compare(arena.contest(seeds=1, strategies=("best-of-n",), evaluators=7), silent)  # decides no score


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"strategies": ("magic",)}, "magic"),
        ({"strategies": ()}, "each once"),
        ({"strategies": ("evolution", "evolution")}, "each once"),
        ({"seeds": 0}, "seeds=0"),
        ({"archive": ArchiveConfig(islands=2)}, "no islands"),
    ],
)
def test_a_contest_that_makes_no_sense_is_refused_before_anything_runs(arena, change, message):
    with pytest.raises(ConfigError, match=message):
        arena.contest(**change)
    assert not (arena.directory / "contest").exists()


def test_a_damaged_result_is_told_by_its_name(arena):
    contest = arena.contest(seeds=1, strategies=("best-of-n",))
    compare(contest, silent)
    (contest.place("best-of-n", 0) / "result.json").write_text("{")
    with pytest.raises(RunError, match=r"result\.json"):
        compare(contest, silent)


def test_few_seeds_are_cautioned_about_and_enough_are_not(arena):
    assert "intervals mean little" in compare(arena.contest(strategies=("best-of-n",)), silent).caution
    assert compare(arena.contest(seeds=5, strategies=("best-of-n",)), silent).caution is None


def test_a_curve_starts_at_the_initial_program_never_falls_and_ends_at_the_final_score(arena):
    compared = compare(arena.contest(), silent)
    for strategy, curve in compared.curves.items():
        own = [result for result in compared.results if result.strategy == strategy]
        assert (curve.evaluations[0], curve.evaluations[-1]) == (0, 30)
        assert curve.mean[0] == own[0].initial
        assert curve.mean[-1] == pytest.approx(np.mean([result.training for result in own]))
        assert np.all(np.diff(curve.mean) >= 0)
        assert np.all(curve.low <= curve.mean)
        assert np.all(curve.mean <= curve.high)


def test_best_so_far_counts_invalid_programs_too(tmp_path):
    from evaluators import Evaluation
    from funsearch.journal import StoredCandidate, Ticket

    journal = Journal(tmp_path)
    candidates = [StoredCandidate(n, n, "x", str(n), None, None) for n in range(1, 5)]
    journal.record_ticket(Ticket("mutation", 0, 0, 0, (0,)), candidates)
    scores = [None, 2.0, 1.0, 5.0]
    for candidate, score in zip(candidates, scores, strict=True):
        evaluation = Evaluation(score) if score is not None else Evaluation.invalid("no")
        journal.record_evaluation(candidate.id, evaluation, 0.1)
    assert list(best_so_far(tmp_path, 0.5, np.arange(6))) == [0.5] * 6  # nothing is registered yet
    journal.record_registration("mutation", 0, 1.0)
    journal.close()
    assert list(best_so_far(tmp_path, 0.5, np.arange(6))) == [0.5, 0.5, 2.0, 2.0, 5.0, 5.0]


@given(st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=12))
@settings(max_examples=30, deadline=None)
def test_an_interval_holds_its_mean_within_the_values_and_is_the_same_each_time(values):
    found = interval(values)
    slack = 1e-9 * max(map(abs, values))
    assert min(values) - slack <= found.low <= found.mean <= found.high <= max(values) + slack
    assert found == interval(values)


@pytest.mark.parametrize(("seeds", "said"), [(5, 0.84), (20, 0.93)])
def test_intervals_cover_the_true_mean_as_often_as_is_said_of_them(seeds, said):
    trials = np.random.default_rng(1).normal(3.0, 1.0, (seeds, 500))  # a contest in each column
    _, low, high = bootstrap(trials)
    assert np.mean((low <= 3.0) & (high >= 3.0)) == pytest.approx(said, abs=0.04)
    assert f"{said:.0%}".replace("%", " %") in comparison.COVERAGE


def result(strategy, seed, training, held_out=None):
    return Result(strategy, seed, 0.0, training, held_out, 10, 1.0, "done")


def test_a_win_is_a_seed_on_which_a_strategy_alone_is_best():
    results = [
        *(result("a", seed, score, held) for seed, (score, held) in enumerate([(3, 1), (2, None), (1, 1)])),
        *(result("b", seed, score, held) for seed, (score, held) in enumerate([(1, 2), (2, 5.0), (3, 1)])),
    ]
    one, other = standings(["a", "b"], results)
    assert (one.wins, other.wins) == (1, 1)
    assert (one.held_out_wins, other.held_out_wins) == (0, 2)
    assert (one.training.mean, one.held_out.mean) == (2.0, 1.0)
    assert standings(["a"], results[:3])[0].wins == 3
    assert standings(["a"], [result("a", 0, 1.0)])[0].held_out is None


def test_a_directory_that_cannot_be_written_is_told(arena):
    (arena.directory / "contest").write_text("a file")
    with pytest.raises(RunError, match="cannot be written"):
        compare(arena.contest(), silent)
    assert arena.started == []
