"""The few inputs that tell programs apart."""

from evaluators.disagreement import choose


def test_the_input_that_divides_most_pairs_comes_first():
    outputs = [
        [0, 0, 0],
        [0, 0, 1],
        [0, 1, 2],
        [0, 1, 3],
    ]
    assert choose(outputs, 5) == [2]


def test_later_inputs_divide_what_the_earlier_ones_left_together():
    outputs = [
        ["a", "x", "p"],
        ["a", "x", "q"],
        ["b", "x", "p"],
        ["b", "x", "q"],
    ]
    assert choose(outputs, 5) == [0, 2]


def test_no_more_inputs_are_chosen_than_wanted():
    outputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert choose(outputs, 1) == [0]


def test_programs_that_agree_everywhere_need_no_input():
    assert choose([[1, 2], [1, 2]], 5) == []


def test_nothing_is_chosen_where_there_is_no_program():
    assert choose([], 5) == []
