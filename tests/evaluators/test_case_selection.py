"""Which inputs become tests."""

import numpy as np

from evaluators.case_selection import choose_inputs


def rng():
    return np.random.default_rng(1)


def test_inputs_that_notice_most_come_first():
    kills = np.array([[0, 0, 1], [1, 1, 0], [0, 1, 0], [0, 0, 0]], dtype=bool)
    assert choose_inputs(kills, "abcd", [1] * 4, 4, rng())[:2] == [1, 0]


def test_a_program_that_one_input_alone_notices_is_not_forgotten():
    kills = np.zeros((1000, 30), dtype=bool)
    kills[:990, :29] = True
    kills[995, 29] = True
    assert 995 in choose_inputs(kills, ["same"] * 1000, [1] * 1000, 10, rng())


def test_without_programs_the_kinds_take_turns():
    kinds = ["common"] * 97 + ["rare"] * 3
    chosen = choose_inputs(np.zeros((100, 0), dtype=bool), kinds, range(100), 10, rng())
    assert len(set(chosen)) == 10
    assert len({97, 98, 99} & set(chosen)) >= 2


def test_no_more_than_there_are():
    assert sorted(choose_inputs(np.ones((3, 2), dtype=bool), "abc", [1] * 3, 10, rng())) == [0, 1, 2]
    assert choose_inputs(np.zeros((0, 0), dtype=bool), "", [], 10, rng()) == []


def test_the_smallest_are_among_them():
    sizes = [5, 9, 1, 7, 0] * 20
    chosen = choose_inputs(np.zeros((100, 0), dtype=bool), ["same"] * 100, sizes, 20, rng())
    assert {4, 9, 14, 19} <= set(chosen)
