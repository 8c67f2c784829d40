"""Equal answers are equal, whatever way they were computed; all others differ."""

import math

import pytest

from programs.comparison import answer_key, differ

NAN = float("nan")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (0.1 + 0.2, 0.3),
        (NAN, float("nan")),
        (-0.0, 0),
        (math.inf, math.inf),
        (2.0**70, 2**70),
        (1234567.0000000002, 1234567),
        (123456.49999999999, 123456.5),
        (0.12345649999999999, 0.1234565),
        ([1, [NAN, (2.0,)]], [1.0, [NAN, (2,)]]),
        ({"a": 0.1 + 0.2, "b": 1}, {"b": 1.0, "a": 0.3}),
        ({1, 2.5}, {2.5, 1.0}),
        ({1}, frozenset({1})),
        (b"a", b"a"),
        ("\ud800", "\ud800"),
    ],
)
def test_equal_answers_have_one_key(one, other):
    assert not differ(one, other)
    assert hash(answer_key(one)) == hash(answer_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (False, 0.0),
        (None, False),
        (1, "1"),
        ("1", b"1"),
        ([1], (1,)),
        ([1], {1}),
        ([True], [1]),
        ({"a": True}, {"a": 1}),
        (0.3, 0.300001),
        (123456789, 123456788),
        (10**400, 10**400 + 1),
        (2**53, 2**53 + 1),
        (math.inf, -math.inf),
        (math.inf, 10**400),
        (NAN, None),
        (NAN, "nan"),
        ([1, 2], [2, 1]),
        ([], [[]]),
        (0, ()),
        ({}, set()),
    ],
)
def test_other_answers_differ(one, other):
    assert differ(one, other)


def test_any_order_is_that_of_the_outermost_list_only():
    assert not differ([1, 2, 2], [2.0, 1, 2], any_order=True)
    assert differ([1, 2, 2], [1, 1, 2], any_order=True)
    assert differ([[1, 2]], [[2, 1]], any_order=True)
    assert differ([1, 2], (2, 1), any_order=True)
    assert differ("ab", "ba", any_order=True)


def test_any_order_hangs_neither_on_how_numbers_nor_on_how_sets_are_written():
    assert not differ([10**16, 12], [12, 1e16], any_order=True)
    rows = [{letter: 1, "z": 2} for letter in "abcdefgh"]
    assert not differ(rows, [dict(reversed(row.items())) for row in reversed(rows)], any_order=True)
    assert not differ([10**5000, 1], [1, 10**5000], any_order=True)  # too long to be written at all


def test_subclasses_are_the_types_they_come_from():
    class Pair(tuple):
        pass

    assert not differ(Pair((1, 2)), (1, 2))
    assert differ(Pair((1, 2)), [1, 2])
