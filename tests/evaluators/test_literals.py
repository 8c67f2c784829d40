"""Values cross to a tool and back as they were, their types too; what was not written by us is refused."""

import enum
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.literals import Opaque, decode, encode, literal

_KEYS = (
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=5) | st.binary(max_size=5)
)
_LEAVES = _KEYS | st.floats()
VALUES = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.sets(_KEYS, max_size=3)
        | st.dictionaries(_KEYS, inner, max_size=3)
    ),
    max_leaves=10,
)


def same(one, other):
    """Returns whether two values are of the same types and values; nan is nan."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return len(one) == len(other) and all(map(same, one.items(), other.items()))
    return one == other or (one != one and other != other)


@settings(max_examples=200, deadline=None, database=None)
@given(VALUES)
def test_a_value_comes_back_as_it_was(value):
    text = json.dumps(encode(value), allow_nan=False)
    text.encode()
    assert same(decode(json.loads(text)), value)


def test_the_comparison_of_that_test_can_fail():
    assert not same([1], [True])
    assert not same([1], [1.0])
    assert not same((1,), [1])
    assert same([math.nan], [math.nan])


def test_a_sets_form_does_not_hang_on_its_order():
    letters = [chr(97 + n) for n in range(20)]
    assert encode(set(letters)) == encode({*"tsrqponmlkjihgfedcba"}) == {"t": "set", "v": sorted(letters)}


def test_members_of_enumerations_are_their_values():
    class Colour(str, enum.Enum):  # noqa: UP042 - this one calls itself Colour.RED
        RED = "red"

    assert encode([Colour.RED, enum.IntEnum("N", "ONE").ONE]) == ["red", 1]


@pytest.mark.parametrize(
    "value", [object(), 1j, ..., (n for n in [1]), [len], {1: range(2)}, [1 << 20_000]], ids=type
)
def test_other_values_are_refused_or_told_by_their_text(value):
    with pytest.raises(ValueError, match=r"^expected (plain values|integers)"):
        encode(value)
    json.dumps(encode(value, strict=False))


def test_what_is_opaque_equals_no_plain_value():
    class Five:
        def __repr__(self):
            return "5"

        def __eq__(self, other):
            return True

    assert decode(encode(Five(), strict=False)) == Opaque("Five", "5") != 5


def test_integers_too_long_to_be_written_still_differ():
    one, other = (decode(encode(1 << 60_000 | low, strict=False)) for low in (1, 2))
    assert one != other
    assert one == decode(encode(1 << 60_000 | 1, strict=False))
    assert decode(encode(10**4000)) == 10**4000


def test_values_within_themselves_and_very_deep_ones_are_refused():
    value = []
    value.append(value)
    for strict in (True, False):
        with pytest.raises(ValueError, match="at most 20 collections"):
            encode(value, strict=strict)


@pytest.mark.parametrize(
    "form",
    [{}, {"t": "tuple"}, {"t": [], "v": 1}, {"t": {}, "v": 1}, {"t": "code", "v": "1"}, {"t": "int", "v": 5},
     {"t": "int", "v": "f" * 4000}, {"t": "set", "v": [[1]]}, {"t": "dict", "v": [1]}, {"t": "dict", "v": [[[], 1]]},
     {"t": "float", "v": [1]}, {"t": "bytes", "v": "xy"}, {"t": "str", "v": [-1]}, {"t": "str", "v": [1 << 80]},
     {"t": "opaque", "v": ["a"]}, {"t": "tuple", "v": 3, "x": 1}, b"bytes", object(), [object()]],
)  # fmt: skip
def test_forged_forms_are_refused(form):
    with pytest.raises(ValueError):  # noqa: PT011 - whatever it says, it is this type that callers catch
        decode(form)


def test_literals_are_read_by_python():
    assert literal((1, {"a": None})) == "(1, {'a': None})"
    for value in (math.nan, [math.inf], object(), 1 << 20_000):
        with pytest.raises(ValueError):  # noqa: PT011
            literal(value)
