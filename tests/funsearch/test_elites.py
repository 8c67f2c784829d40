"""Niches and their elites: fixed cells, the best of each, drawn on evenly, listed from the journal."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators import Evaluation
from funsearch.archive import Archive
from funsearch.cluster import ScoredProgram
from funsearch.config import ArchiveConfig, RunConfig
from funsearch.elite_listing import list_elites
from funsearch.elites import (
    Described,
    EliteGrid,
    LinearScale,
    LogScale,
    behaviour_measure,
    cpu_measure,
    given_measure,
    length_measure,
    repeatable_measures,
)
from funsearch.exceptions import ConfigError, RunError
from funsearch.journal import Journal, StoredCandidate, Ticket
from funsearch.run_directory import write_config

from .conftest import LengthEvaluator, World

INITIAL = (1.0, -10.0, 0.0)
FINITE = st.floats(allow_nan=False, allow_infinity=False)

programs = st.lists(
    st.builds(
        Described,
        st.just(0),
        st.sampled_from([-1.0, 0.0, 0.5, 2.0]),
        st.integers(1, 3_000),
        st.tuples(FINITE, FINITE, FINITE),
        st.floats(0, 100),
        st.fixed_dictionaries({"depth": st.floats(-3, 30)}),
    ),
    max_size=60,
).map(lambda drawn: [Described(n, *list(vars(p).values())[1:]) for n, p in enumerate(drawn)])


def axes():
    return [length_measure(), cpu_measure(), behaviour_measure(INITIAL), given_measure("depth", 0, 10, 4)]


def grid_of(described, measures=None):
    grid = EliteGrid(measures or axes())
    for program in described:
        grid.add(program)
    return grid


@given(programs)
@settings(max_examples=60, deadline=None)
def test_the_elite_of_a_niche_is_the_best_of_it_and_of_equal_ones_the_shortest(described):
    grid = grid_of(described)
    found = dict(grid.elites())
    assert set(found) == {grid.cell(program) for program in described}
    for program in described:
        elite = found[grid.cell(program)]
        assert (elite.score, -elite.length) >= (program.score, -program.length)


@given(programs, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_a_grid_does_not_depend_on_the_order_of_its_programs(described, shuffler):
    before = grid_of(described).elites()
    shuffler.shuffle(described)
    assert grid_of(described).elites() == before


@given(st.sampled_from([LogScale(4, 1.0), LogScale(1, 1e-4), LinearScale(-2, 9, 7)]), st.floats(-5, 1e6))
def test_a_value_lies_within_the_bounds_of_its_cell(scale, value):
    low, high = scale.bounds(scale.cell(value))
    clipped = max(value, scale.least) if isinstance(scale, LogScale) else min(max(value, -2), 9)
    slack = 1e-9 * (1 + abs(clipped))
    assert low - slack <= clipped <= high + slack


@given(FINITE, FINITE, FINITE)
def test_any_range_of_floats_can_be_cut(low, high, value):
    assert 0 <= LinearScale(min(low, high), max(low, high), 10).cell(value) < 10


def test_programs_twice_as_long_or_as_slow_are_in_other_niches():
    assert length_measure().scale.cell(200) == length_measure().scale.cell(100) + 4
    assert cpu_measure().scale.cell(0.2) == cpu_measure().scale.cell(0.1) + 1
    assert cpu_measure().scale.cell(0.0) == cpu_measure().scale.cell(1e-5)


def test_behaviour_is_the_test_with_the_greatest_gain_over_the_initial_program():
    behaviour = behaviour_measure((10.0, -100.0, 0.0))

    def strongest(*signature):
        return behaviour.value(Described(1, 0.0, 10, signature))

    assert strongest(12.0, -100.0, 0.0) == 0
    assert strongest(12.0, -50.0, 0.0) == 1  # half of 100 is more than a fifth of 10
    assert strongest(12.0, -50.0, 0.6) == 2
    assert strongest(9.0, -101.0, -3.0) == 1  # what loses least
    assert strongest(10.0, -100.0, 0.0) == 0
    assert strongest() == 0
    assert strongest(1e308, -1e308, -1e308) == 0


def test_many_tests_share_a_bounded_number_of_niches():
    behaviour = behaviour_measure((1.0,) * 1_000)
    cells = {behaviour.scale.cell(test) for test in range(1_000)}
    assert cells == set(range(16))


def test_a_program_without_a_measure_is_counted_and_not_placed():
    grid = EliteGrid([given_measure("depth", 0, 1, 2)])
    assert not grid.add(Described(1, 5.0, 10))
    assert grid.add(Described(2, 1.0, 10, measures={"depth": 0.2}))
    assert (len(grid), grid.unplaced) == (1, 1)


def test_cpu_time_is_no_measure_to_draw_on():
    assert [measure.name for measure in repeatable_measures(INITIAL)] == ["length", "behaviour"]


@given(st.integers(0, 99), st.integers(1, 6))
@settings(max_examples=40, deadline=None)
def test_elites_of_one_draw_are_of_different_niches(seed, count):
    grid = grid_of([Described(n, float(n), 2**n) for n in range(4)], [length_measure()])
    drawn = grid.sample(np.random.default_rng(seed), count)
    assert len({program.candidate for program in drawn}) == len(drawn) == min(count, 4)


def test_every_niche_is_drawn_as_often_however_poor_its_elite():
    grid = grid_of([Described(n, float(10**n), 2**n) for n in range(4)], [length_measure()])
    drawn = [grid.sample(np.random.default_rng(seed), 1)[0].candidate for seed in range(800)]
    assert all(150 < drawn.count(n) < 250 for n in range(4))


INITIAL_PROGRAM = ScoredProgram(0, "initial", 0.0, INITIAL)


def archive_of(share):
    archive = Archive(INITIAL_PROGRAM, ArchiveConfig(islands=1, elite_share=share), seed=0)
    for number in range(1, 9):  # the longer the worse
        archive.register(ScoredProgram(number, "x" * 2**number, -float(number), (-float(number),) * 3), 0, 0)
    return archive


def share_of_poor_prompts(share):
    """Returns the share of prompts that show a program which four or more others are better than."""
    selections = [archive_of(share).select(np.random.default_rng(seed)) for seed in range(300)]
    assert all([p.score for p in s.parents] == sorted(p.score for p in s.parents) for s in selections)
    return sum(selection.parents[0].score < -3 for selection in selections) / 300


def test_the_archive_draws_on_elites_in_the_share_that_was_asked_for():
    # A softmax over ranks rarely shows a program that is fifth or worse; a niche is as good as any other.
    by_rank, by_niche = share_of_poor_prompts(0.0), share_of_poor_prompts(1.0)
    assert by_rank < 0.3
    assert by_niche > 0.7
    assert share_of_poor_prompts(0.5) == pytest.approx((by_rank + by_niche) / 2, abs=0.1)


def test_without_a_share_no_niches_are_kept():
    assert archive_of(0.0).niches_per_island == []
    assert archive_of(0.1).niches_per_island == [9]


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ConfigError, match="elite_share"):
        ArchiveConfig(elite_share=share)


def test_a_reset_island_starts_its_niches_anew():
    archive = Archive(
        INITIAL_PROGRAM,
        ArchiveConfig(islands=2, opening_evaluations=1, reset_evaluations=3, elite_share=0.5),
        seed=0,
    )
    for number, island in ((1, 0), (2, 0), (3, 1)):
        archive.register(ScoredProgram(number, "x" * 4**number, float(number), INITIAL), island, 0)
    assert archive.islands[0].generation == 1
    assert archive.niches_per_island == [1, 2]


def test_a_run_that_draws_on_elites_is_repeated_and_resumed_exactly(specification, tmp_path):
    stories = []
    for name, budgets in (("whole", [150]), ("again", [150]), ("in_parts", [31, 90, 150])):
        world = World(specification, tmp_path / name)
        world.directory.mkdir()
        world.config = ArchiveConfig(
            islands=3,
            opening_evaluations=10,
            reset_evaluations=40,
            temperature_period=50,
            elite_share=0.5,
        )
        for budget in budgets:
            evolution = world.run(budget, evaluator=LengthEvaluator())
        assert max(evolution.progress.niches_per_island) > 2
        stories.append(world.story())
    plain = World(specification, tmp_path / "plain")
    plain.directory.mkdir()
    plain.run(150)
    assert stories[0] == stories[1] == stories[2] != plain.story()


def stored_run(directory, evaluations):
    write_config(directory, RunConfig("toy", samplers=("mutation",)))
    journal = Journal(directory)
    journal.set_meta("initial", '{"source": "def f(): ...", "signature": [1.0, 1.0]}')
    candidates = [
        StoredCandidate(n, n, f"def f(): {'x' * 2**n}", str(n), None, None)
        for n in range(1, len(evaluations) + 1)
    ]
    journal.record_ticket(Ticket("mutation", 0, 0, 0, (0,)), candidates)
    for candidate, evaluation in zip(candidates, evaluations, strict=True):
        journal.record_evaluation(candidate.id, evaluation, 0.1)
    journal.close()


def test_the_elites_of_a_run_are_listed_by_any_measures(tmp_path):
    stored_run(
        tmp_path,
        [
            Evaluation(1.0, {"a": 2.0, "b": 1.0}, cpu_seconds=0.5, measures={"depth": 1.0}),
            Evaluation(3.0, {"a": 1.0, "b": 2.0}, cpu_seconds=0.5, measures={"depth": 1.0}),
            Evaluation(2.0, {"a": 1.0, "b": 3.0}, cpu_seconds=9.0),
            Evaluation.invalid("no"),
        ],
    )

    def numbers(*names):
        return [elite.program.candidate for elite in list_elites(tmp_path, names).elites]

    assert numbers("behaviour") == [1, 2]
    assert numbers("cpu") == [2, 3]
    assert numbers("cpu", "behaviour") == [1, 2, 3]
    by_depth = list_elites(tmp_path, ["depth"])
    assert (by_depth.programs, by_depth.unplaced) == (3, 1)
    assert [(elite.program.candidate, elite.source) for elite in by_depth.elites] == [(2, "def f(): xxxx")]
    for names in (["widht"], [], ["cpu", "cpu"]):
        with pytest.raises(ConfigError, match="measure"):
            list_elites(tmp_path, names)
    with pytest.raises(ConfigError, match="length, cpu, behaviour, depth"):
        list_elites(tmp_path, ["widht"])


def test_a_directory_without_a_run_has_no_elites(tmp_path):
    with pytest.raises(RunError, match="funsearch runs"):
        list_elites(tmp_path, ["length"])
    write_config(tmp_path, RunConfig("toy"))
    with pytest.raises(RunError, match=r"archive\.sqlite"):
        list_elites(tmp_path, ["length"])
    assert not (tmp_path / "archive.sqlite").exists()


def test_a_grid_keeps_its_elites_alone(tmp_path):
    def peak(programs):
        tracemalloc.start()
        grid_of(Described(n, float(n), 1 + n % 500, (1.0, 2.0)) for n in range(programs))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(5_000) < 50_000  # they take ten bytes each, not hundreds
