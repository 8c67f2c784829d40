"""Islands: what they prefer, what they forget, what they keep."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.evaluation import STRUCTURE, Evaluation
from funsearch.archive import Archive
from funsearch.cluster import Cluster, ScoredProgram, draw_distinct, softmax_weights
from funsearch.config import ArchiveConfig, Budget
from funsearch.island import Island
from funsearch.resets import ANEW, Resets

INITIAL = ScoredProgram(0, "initial", 0.0, (0.0,))


def program(number, score, signature=None):
    return ScoredProgram(number, f"source {number}", score, signature or (score,))


def rng(seed=0):
    return np.random.default_rng(seed)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=30), st.integers(1, 4), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_no_cluster_is_twice_in_a_prompt_and_the_worst_comes_first(scores, functions, seed):
    island = Island(ArchiveConfig(functions_per_prompt=functions, cluster_temperature=10.0))
    for number, score in enumerate(scores):
        island.register(program(number, score, (float(number % 7),)))
    chosen = island.sample(rng(seed))
    clusters = [(parent.candidate % 7) for parent in chosen]
    assert len(chosen) == min(functions, island.clusters)
    assert len(set(clusters)) == len(clusters)
    assert [p.score for p in chosen] == sorted(p.score for p in chosen)


def test_better_clusters_are_drawn_more_often_and_hotter_ones_more_evenly():
    def share_of_best(temperature):
        island = Island(ArchiveConfig(functions_per_prompt=1, cluster_temperature=temperature))
        island.register(program(1, 1.0))
        island.register(program(2, 2.0))
        drawn = [island.sample(rng(seed))[0].score for seed in range(400)]
        return drawn.count(2.0) / len(drawn)

    assert share_of_best(0.1) > 0.99
    assert 0.5 < share_of_best(1.0) < 0.9


@given(
    st.lists(st.integers(-40, 40), min_size=1, max_size=60),
    st.sampled_from([lambda score: 1e-4 * score, lambda score: 1000.0 * score + 7, np.exp, np.cbrt]),
    st.sampled_from([0.3, 1.0, 8.0]),
    st.integers(0, 9),
)
@settings(max_examples=80, deadline=None)
def test_the_unit_and_scale_of_a_score_decide_nothing(scores, otherwise, temperature, seed):
    islands = [Island(ArchiveConfig(cluster_temperature=temperature)) for _ in range(2)]
    for number, score in enumerate(scores):
        islands[0].register(program(number, float(score), (float(number),)))
        islands[1].register(program(number, float(otherwise(score)), (float(number),)))
    drawn = [[parent.candidate for parent in island.sample(rng(seed))] for island in islands]
    assert drawn[0] == drawn[1]


def test_clusters_too_far_behind_to_be_drawn_change_no_draw():
    config = ArchiveConfig(cluster_temperature=0.2, temperature_period=10**9)
    few, many = Island(config), Island(config)
    for number in range(200):
        if number >= 150:
            few.register(program(number, float(number)))
        many.register(program(number, float(number)))
    assert [few.sample(rng(seed)) for seed in range(50)] == [many.sample(rng(seed)) for seed in range(50)]


def test_islands_open_one_after_the_other():
    archive = Archive(INITIAL, ArchiveConfig(islands=3, opening_evaluations=10), seed=0)
    taking_part = []
    for number in range(1, 31):
        taking_part.append({archive.select(rng(seed)).island for seed in range(40)})
        archive.register(program(number, 0.5, (0.5, float(number))), 0, 0)
    assert taking_part == [{0}] * 10 + [{0, 1}] * 10 + [{0, 1, 2}] * 10


def test_shorter_programs_of_a_cluster_are_preferred():
    cluster = Cluster()
    cluster.register(ScoredProgram(1, "x" * 10, 1.0, (1.0,)))
    cluster.register(ScoredProgram(2, "x" * 1000, 1.0, (1.0,)))
    drawn = [cluster.sample(rng(seed), 1.0) for seed in range(400)]
    assert drawn.count(1) > 1.5 * drawn.count(2) > 0


def test_scores_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        softmax_weights(np.array([0.0, np.nan]), 1.0)


@given(
    st.lists(st.sampled_from([0.0, 1e-300, 0.1, 1.0]), min_size=1, max_size=9),
    st.integers(1, 5),
    st.integers(0, 9),
)
def test_what_weighs_nothing_is_never_drawn_and_nothing_is_drawn_twice(weights, count, seed):
    drawn = draw_distinct(rng(seed), np.array(weights), count)
    assert len(drawn) == len(set(drawn)) == min(count, sum(weight > 0 for weight in weights))
    assert all(weights[index] > 0 for index in drawn)


def test_draws_without_replacement_follow_their_weights():
    weights = np.array([0.5, 0.3, 0.2])
    ours = [tuple(draw_distinct(rng(seed), weights, 2)) for seed in range(4000)]
    # The first by its weight; the second by its share of what is left.
    assert ours.count((0, 1)) / 4000 == pytest.approx(0.5 * 0.3 / 0.5, abs=0.03)
    assert ours.count((2, 0)) / 4000 == pytest.approx(0.2 * 0.5 / 0.8, abs=0.03)


def test_the_weaker_half_is_reset_from_survivors_and_the_best_is_kept():
    archive = Archive(INITIAL, ArchiveConfig(islands=4, reset_evaluations=4), seed=0)
    for island, score in enumerate([1.0, 2.0, 3.0, 4.0]):
        archive.register(program(island + 1, score), island, 0)
    assert archive.resets == 1
    assert archive.best.score == 4.0
    assert [island.generation for island in archive.islands] == [1, 1, 0, 0]
    assert archive.best_per_island[2:] == [3.0, 4.0]
    assert set(archive.best_per_island[:2]) <= {3.0, 4.0}


def test_islands_that_stand_still_begin_anew_and_those_that_rise_go_on():
    archive = Archive(INITIAL, ArchiveConfig(islands=4, reset_evaluations=4), seed=0)
    numbers = itertools.count(1)

    def register(*scores):
        for island, score in enumerate(scores):
            archive.register(program(next(numbers), score), island, archive.islands[island].generation)

    register(1.0, 2.0, 3.0, 4.0)
    assert min(archive.best_per_island) >= 3.0
    register(3.0, 3.0, 3.0, 3.0)  # none is better than before: a survivor has nothing to give
    assert sorted(archive.best_per_island) == [0.0, 0.0, *sorted(archive.best_per_island)[2:]]
    assert archive.best.score == max(archive.best_per_island) == 4.0


def test_an_island_that_rises_is_left_alone_and_one_that_stands_still_is_looked_at_sooner():
    resets = Resets(ArchiveConfig(islands=4, reset_evaluations=10), 0, 0.0)
    assert ANEW not in resets.founders([5.0] * 4).values()
    assert resets.best == [5.0] * 4
    assert [n for n in range(1, 21) if resets.is_due(n)] == [10, 20]
    replaced = resets.founders([5.0] * 4)
    assert set(replaced.values()) == {ANEW}
    assert resets.best == [0.0 if index in replaced else 5.0 for index in range(4)]
    assert [n for n in range(11, 31) if resets.is_due(n)] == [15, 20, 25, 30]
    rising, standing = replaced
    scores = [1.0 if index == rising else best for index, best in enumerate(resets.best)]
    assert resets.founders(scores) == {standing: ANEW}
    better = [
        6.0 if index == max({0, 1, 2, 3} - {rising, standing}) else best for index, best in enumerate(scores)
    ]
    assert set(resets.founders(better)) == {rising, standing}
    assert [n for n in range(31, 51) if resets.is_due(n)] == [40, 50]


def test_programs_of_equal_scores_and_other_structures_are_clusters_of_their_own():
    evaluations = [Evaluation(2.0, {"a": 2.0}, measures={STRUCTURE: number}) for number in (1.0, 1.0, 7.0)]
    island = Island(ArchiveConfig())
    for number, evaluation in enumerate(evaluations):
        island.register(ScoredProgram.of(number, "source", 2.0, evaluation))
    assert island.clusters == 2


def test_a_program_from_before_a_reset_enters_only_if_it_is_the_best_of_all():
    archive = Archive(INITIAL, ArchiveConfig(islands=2, reset_evaluations=2), seed=0)
    archive.register(program(1, 1.0), 0, 0)
    archive.register(program(2, 5.0), 1, 0)
    assert archive.islands[0].generation == 1
    registered = archive.islands[0].registered
    assert not archive.register(program(3, 4.0), 0, generation=0)
    assert archive.islands[0].registered == registered
    archive_best = archive.register(program(4, 6.0), 0, generation=0)
    assert archive_best
    assert archive.best.score == 6.0


@given(st.integers(1, 6), st.lists(st.tuples(st.integers(0, 5), st.floats(-9, 9)), min_size=30, max_size=80))
@settings(max_examples=40, deadline=None)
def test_every_island_stays_inhabited_and_the_best_is_never_lost(islands, registered):
    archive = Archive(INITIAL, ArchiveConfig(islands=islands, reset_evaluations=7), seed=3)
    best = 0.0
    for number, (island, score) in enumerate(registered):
        home = island % islands
        archive.register(program(number + 1, score), home, archive.islands[home].generation)
        best = max(best, score)
        assert archive.best.score == best
        assert all(island.best is not None and island.clusters > 0 for island in archive.islands)
        if islands > 1:
            assert max(archive.best_per_island) == best


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Budget(), "found none"),
        (lambda: Budget(evaluations=0), "evaluations=0"),
        (lambda: Budget(minutes=-1), "minutes=-1"),
        (lambda: Budget(minutes=float("nan")), "minutes=nan"),
        (lambda: ArchiveConfig(islands=0), "islands=0"),
    ],
)
def test_settings_that_make_no_sense_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
