"""Constructions are judged exactly: what is right has its published figure, what is forged is refused."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from experiments.constructions.exact_json import ConstructionRefused
from experiments.tasks.admissible_symmetric import admissible
from experiments.tasks.admissible_symmetric.symmetric import expanded, orbits
from experiments.tasks.circle_packing import circles
from experiments.tasks.erdos_overlap import overlap
from funsearch.exceptions import TaskError
from funsearch.scorecard import score_construction
from funsearch.task_loading import load_task

STRASSEN = {
    "u": [[1, 0, 1, 0, 1, -1, 0], [0, 0, 0, 0, 1, 0, 1], [0, 1, 0, 0, 0, 1, 0], [1, 1, 0, 1, 0, 0, -1]],
    "v": [[1, 1, 0, -1, 0, 1, 0], [0, 0, 1, 0, 0, 1, 0], [0, 0, 0, 1, 0, 0, 1], [1, 0, -1, 0, 1, 0, 1]],
    "w": [[1, 0, 0, 1, -1, 0, 1], [0, 0, 1, 0, 1, 0, 0], [0, 1, 0, 1, 0, 0, 0], [1, -1, 1, 0, 0, 1, 0]],
}
SQUARE = [[0, 0], [0, 1], [1, 0], [1, 1]]


def judged(reference, construction):
    return score_construction(load_task(reference), construction).training


@pytest.mark.parametrize(
    ("reference", "construction", "score"),
    [
        ("cap_set?n=2", SQUARE, 4),
        ("cap_set?n=2", {"n": 2, "vectors": SQUARE}, 4),
        ("cap_set?n=2", [], 0),
        ("shannon_cycles?m=5&n=2", [[0, 0], [1, 2], [2, 4], [3, 1], [4, 3]], 5),
        ("kissing?dimension=2", [[1, 0], [0, 1], [-1, 0], [0, -1]], 4),
        ("kissing?dimension=2", [[10**14, 0], [0, 10**14]], 2),
        ("matmul", STRASSEN, -7),
        ("matmul", [STRASSEN["u"], STRASSEN["v"], STRASSEN["w"]], -7),
        ("matmul", {"shape": [2, 2, 2], **{key.upper(): value for key, value in STRASSEN.items()}}, -7),
        ("circle_packing?n=1", [[0.5, 0.5, 0.5]], 0.5),
        ("circle_packing?n=2", {"centers": [[0.25, 0.25], [0.75, 0.75]], "radii": [0.25, 0.25]}, 0.5),
        ("erdos_overlap", [0.5, 0.5, 0.5, 0.5], -0.5),
        ("erdos_overlap", ["1/2"], -0.5),
        ("admissible_symmetric?n=3&w=2", [[0, 1, 2], [2, 0, 1], [1, 2, 0]], 3),
        ("admissible_symmetric?n=3&w=2", {"groups": [[3]]}, 3),
    ],
)
def test_what_is_right_has_its_figure(reference, construction, score):
    evaluation = judged(reference, construction)
    assert evaluation.score == score
    assert evaluation.integrity == "verified"


@pytest.mark.parametrize(
    ("reference", "construction", "why"),
    [
        ("cap_set?n=2", [[0, 0], [0, 1], [0, 2]], "no three on a line"),
        ("cap_set?n=2", [[0, 0], [0, 0]], "twice"),
        ("cap_set?n=2", [[0, 0], [0, 3]], "expected one of"),
        ("cap_set?n=2", [[0, 0], [0, -1]], "expected one of"),
        ("cap_set?n=2", [[0, 0], [0, True]], "expected integers"),
        ("cap_set?n=2", [[0, 0], [0, 1.0]], "expected integers"),
        ("cap_set?n=2", [[0, 0], [0, "1"]], "expected integers"),
        ("cap_set?n=2", [[0, 0], [0, 10**30]], "expected integers"),
        ("cap_set?n=2", [[0, 0, 0]], "a list of 2 integers"),
        ("cap_set?n=2", {"n": 3, "vectors": SQUARE}, "n: expected 2, found 3"),
        ("cap_set?n=2", {"vectors": SQUARE, "size": 512}, "found the key 'size'"),
        ("cap_set?n=2", {"size": 512}, "'size'"),
        ("cap_set?n=2", 512, "expected a list of lists"),
        ("cap_set?n=2", None, "expected a list of lists"),
        ("shannon_cycles?m=5&n=2", [[0, 0], [4, 1]], "no two adjacent"),
        ("shannon_cycles?m=5&n=2", [[0, 0], [5, 2]], "expected one of"),
        ("shannon_cycles?m=5&n=2", [[0, 0], [0, 0]], "twice"),
        ("kissing?dimension=2", [[1, 0], [1, 1]], "squared distance"),
        ("kissing?dimension=2", [[0, 0]], "not 0"),
        ("kissing?dimension=2", [[10**14, 0], [10**14 - 1, 1]], "squared distance"),
        ("matmul", {**STRASSEN, "w": [[2, 0, 0, 1, -1, 0, 1], *STRASSEN["w"][1:]]}, "another tensor"),
        ("matmul", {key: [row[:6] for row in rows] for key, rows in STRASSEN.items()}, "another tensor"),
        ("matmul", {**STRASSEN, "rank": 6}, "'rank'"),
        ("matmul", {**STRASSEN, "u": STRASSEN["u"][:3]}, "expected 4 rows"),
        ("matmul", [[], [], []], "expected a matrix"),
        ("circle_packing?n=2", [[0.5, 0.5, 0.5]], "expected 2 of them"),
        ("circle_packing?n=1", [[0.5, 0.5, -0.1]], "negative"),
        ("circle_packing?n=1", [[1.5, 0.5, 0.1]], "center in the unit square"),
        ("circle_packing?n=1", [[0.5, 0.5, float("nan")]], "finite"),
        ("circle_packing?n=1", [[0.5, 0.5, float("inf")]], "finite"),
        ("circle_packing?n=1", [[0.5, 0.5, 0.6]], "too large by 0.1"),
        ("circle_packing?n=2", [[0.5, 0.5, 0.3], [0.5, 0.5, 0.3]], "too large"),
        ("circle_packing?n=1", [[0.5, 0.5, "1e400"]], "expected a number such as"),
        ("erdos_overlap", [1.0, 1.0], "mean of 0.5"),
        ("erdos_overlap", [1.5, -0.5], "expected 0 to 1"),
        ("erdos_overlap", [], "expected 1 to"),
        ("erdos_overlap", [True, False], "expected a number"),
        ("admissible_symmetric?n=3&w=2", [[0, 1, 2], [0, 2, 1]], "supports that all differ"),
        ("admissible_symmetric?n=3&w=2", [[0, 1, 1]] * 2, "twice"),
        ("admissible_symmetric?n=3&w=2", [[1, 1, 1]], "2 entries that are not 0"),
        ("admissible_symmetric?n=3&w=2", [[0, 1, 1], [1, 0, 1], [1, 1, 0]], "telling"),
    ],
)
def test_what_is_forged_is_refused_with_the_reason(reference, construction, why):
    evaluation = judged(reference, construction)
    assert evaluation.score is None
    assert why in evaluation.feedback


def test_a_task_without_constructions_says_so():
    with pytest.raises(TaskError, match="does not judge"):
        judged("tsp_construct", [])


def test_rounding_is_repaired_and_the_repaired_packing_is_scored():
    given = [[0.25, 0.25, 0.25 + 1e-9], [0.75, 0.25, 0.25 + 1e-9]]
    score = judged("circle_packing?n=2", given).score
    assert 0.5 - 1e-15 <= score <= 0.5


@pytest.mark.parametrize("seed", range(20))
def test_repaired_circles_neither_overlap_nor_reach_out_exactly(seed):
    numbers = np.random.default_rng(seed).random((12, 3))
    given = [circles.Circle(*(Fraction(float(x)) for x in row)) for row in numbers]
    repaired = circles.repair(given)
    for one in repaired:
        assert 0 <= one.radius <= min(one.x, 1 - one.x, one.y, 1 - one.y)
    for one, other in itertools.combinations(repaired, 2):
        assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= (one.radius + other.radius) ** 2


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 40])
def test_the_largest_overlap_is_that_of_a_plain_sum(steps):
    rng = np.random.default_rng(steps)
    heights = [Fraction(int(x), 1000) for x in rng.integers(0, 1001, steps)]
    plain = max(
        sum(
            (heights[x] * (1 - heights[x + shift]) for x in range(steps) if 0 <= x + shift < steps),
            Fraction(0),
        )
        for shift in range(-steps + 1, steps)
    )
    assert overlap.largest_overlap(heights) == plain * 2 / steps


def test_a_bound_is_never_below_what_the_function_gives():
    heights = [Fraction(1, 3), Fraction(2, 3), Fraction(1, 2)]
    bound = -judged("erdos_overlap", ["1/3", "2/3", "1/2"]).score
    assert Fraction(bound) >= overlap.largest_overlap(heights)
    assert math.isclose(bound, float(overlap.largest_overlap(heights)), rel_tol=1e-15)


def breaking_by_hand(vectors):
    telling = ({0, 1, 2}, (0, 0, 1), (0, 0, 2))
    for three in itertools.combinations(vectors.tolist(), 3):
        columns = [tuple(sorted(column)) for column in zip(*three, strict=True)]
        if not any(set(column) == telling[0] or column in telling[1:] for column in columns):
            return True
    return False


@pytest.mark.parametrize("seed", range(60))
def test_admissible_sets_are_told_apart_as_by_hand(seed):
    rng = np.random.default_rng(seed)
    rows = {}
    for _ in range(rng.integers(3, 14)):
        row = np.zeros(6, dtype=np.int64)
        row[rng.permutation(6)[:4]] = rng.integers(1, 3, 4)
        rows[tuple(row != 0)] = row
    vectors = np.array(list(rows.values()))
    assert (admissible.breaking(vectors) is not None) == breaking_by_hand(vectors)


def test_random_admissible_sets_are_of_both_kinds():
    # The control of the test above: with all of one kind it would prove nothing.
    found = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        vectors = rng.integers(0, 3, (4, 6))
        found.add(breaking_by_hand(vectors))
    assert found == {True, False}


def test_representatives_stand_for_whole_orbits():
    groups = orbits(6, 4)
    vectors = expanded(groups)
    assert (np.count_nonzero(vectors, axis=1) == 4).all()
    assert len(np.unique(vectors, axis=0)) == len(vectors) == 24 + 36
    with pytest.raises(ConstructionRefused, match="expected one of"):
        admissible.construction({"groups": [[7, 0]]}, 6, 4)


@pytest.mark.parametrize(
    "reference",
    ["cap_set?n=10", "cap_set?n=x", "shannon_cycles?m=3", "shannon_cycles?m=100&n=9", "circle_packing?n=0",
     "erdos_overlap?steps=1", "kissing?dimension=99", "matmul?n=99", "admissible_symmetric?n=14",
     "admissible_symmetric?w=0", "tsp_construct?data=none", "bin_packing_or?data=none", "cap_set?dimension=3"],
)  # fmt: skip
def test_parameters_that_make_no_task_are_refused(reference):
    with pytest.raises(TaskError, match="expected"):
        load_task(reference)
