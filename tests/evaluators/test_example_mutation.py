"""Inputs changed from known ones."""

import copy
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaluators.example_mutation import ExampleMutation
from evaluators.vocabulary import vocabulary_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e6, 1e6) | st.text(max_size=6),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=6,
)


def mutation(*bases, seed=1):
    return ExampleMutation(vocabulary_of(bases, []), np.random.default_rng(seed))


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=3), st.integers(0, 1000))
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_any_input_can_be_changed_and_stays_as_it_was(bases, seed):
    before = copy.deepcopy(bases)
    made = mutation(*bases, seed=seed)
    for _ in range(10):
        assert len(made.changed(bases)) == 2
    assert repr(bases) == repr(before)


def changed_from(*arguments, times=3000):
    made = mutation(arguments)
    return {repr(made.changed([arguments])) for _ in range(times)}


@pytest.mark.parametrize(
    "wanted",
    [
        ([3, 1, 2], "ab"), ([1, 2, 3], "ab"), ([2, 1, 3], "ab"), ([], "ab"), ([3, 1], "ab"), ([3, 3, 1, 2], "ab"),
        ([3, 2, 2], "ab"), ([3, 1, 2], ""), ([3, 1, 2], "ba"), ([3, 1, 2], "AB"), ([3, 1, 2], "aba"), ([3], "ab"),
    ],
)  # fmt: skip
def test_boundaries_orders_and_repetitions_come_up(wanted):
    assert repr(wanted) in changed_from([3, 1, 2], "ab")


def test_arguments_are_related_to_one_another():
    found = changed_from([5, 7, 7, 9], 100)
    assert {repr(([5, 7, 7, 9], number)) for number in (4, 3, 5, 7, 9)} <= found


def test_sequences_of_one_length_can_stay_so():
    assert repr(("01", "10")) in changed_from("010", "101")


def test_square_tables_of_numbers_in_a_row_get_other_sizes():
    found = changed_from([[1, 2], [3, 4]])
    assert any(
        "9" in text and text.count("[") == 4 and len(set(text) & set("123456789")) == 9 for text in found
    )


def test_numbers_within_texts_are_changed():
    assert repr(("5 apples and 6 oranges",)) in changed_from("4 apples and 6 oranges")


def test_numbers_within_texts_keep_their_marks_and_leading_zeros():
    assert {repr(("04-11-2000",)), repr(("03-12-2000",)), repr(("03-11-2001",))} <= changed_from("03-11-2000")


def test_all_numbers_of_a_format_change_at_once():
    formats = {text for text in changed_from("03-11-2000") if re.fullmatch(r"\('\d\d-\d\d-\d{4}',\)", text)}
    assert len(formats) > 50
