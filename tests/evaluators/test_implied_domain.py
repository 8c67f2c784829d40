"""What the examples' inputs say of all inputs."""

import pytest

from evaluators.implied_domain import ImpliedDomain


@pytest.mark.parametrize(
    ("examples", "alike", "unlike"),
    [
        pytest.param([(3,), (25,)], (7,), (-1,), id="signs"),
        pytest.param([(3,), (25,)], (7,), (0,), id="zero"),
        pytest.param([(3,), (0,)], (0,), (-1,), id="no sign, though zero"),
        pytest.param([(3,), (25,)], (7,), (7_000_000,), id="sizes of numbers"),
        pytest.param([(3,), (25,)], (7,), (7.5,), id="types"),
        pytest.param([(3,), (25,)], (7,), (True,), id="a bool is no number"),
        pytest.param([([3, 1, 1],)], ([3, 1, 2, 2],), ([3, "a", 1],), id="types of entries"),
        pytest.param([([3, 1, 1],)], ([3, 1, 2, 2],), ([3, -1, 1],), id="signs of entries"),
        pytest.param([("010", "110")], ("1101", "0100"), ("1201", "0100"), id="alphabets"),
        pytest.param([("010", "110")], ("1101", "0100"), ("1101", "010"), id="equal sizes"),
        pytest.param([("ab cd",), ("bz a",)], ("dab c",), ("a-b",), id="what is no letter"),
        pytest.param([("ab cd",), ("bz a",)], ("dab c",), ("aB c",), id="letter case"),
        pytest.param([("ab cd",), ("bz a",)], ("dab c",), ("a  b c",), id="double spaces"),
        pytest.param([("(()) ()",)], ("() (())",), ("(()",), id="brackets"),
        pytest.param([("15",), ("7",)], ("175",), ("",), id="emptiness"),
        pytest.param([("1.5",), ("7",)], ("17.5",), ("1..5",), id="numbers in text"),
        pytest.param([("3 apples",), ("12 apples",)], ("21 apples",), ("21 papers",), id="formats"),
        pytest.param([([5, 9, 1], 2), ([4, 1], 2)], ([7, 1, 5], 3), ([7, 5], 3), id="counts within"),
        pytest.param([([[4, 1], [2, 3]],)], ([[3, 2], [1, 4]],), ([[4, 1], [2]],), id="rows of a size"),
        pytest.param([([[4, 1], [2, 3]],)], ([[3, 2], [1, 4]],), ([[4, 1], [4, 3]],), id="each number once"),
    ],
)
def test_what_the_examples_share_marks_out_their_domain(examples, alike, unlike):
    domain = ImpliedDomain(examples)
    assert all(domain.likeness(example) == "alike" for example in examples)
    assert domain.likeness(alike) == "alike"
    assert domain.likeness(unlike) == "unlike"


@pytest.mark.parametrize(
    ("examples", "near"),
    [
        pytest.param([(2, 5), (3, 9)], (5, 2), id="which argument is less"),
        pytest.param([([1, 2, 4],)], ([2, 1, 4],), id="sorted"),
        pytest.param([([4, 2, 1],)], ([4, 4, 1],), id="all different"),
        pytest.param([(5,), (9,)], (4,), id="less than every example"),
        pytest.param([([3, 3, 1, 4],), ([5, 5, 1, 1],)], ([3, 3, 1, 1, 4],), id="as long as each other"),
    ],
)
def test_what_examples_may_share_by_chance_is_near_only(examples, near):
    assert ImpliedDomain(examples).likeness(near) == "near"


@pytest.mark.parametrize(
    ("examples", "ambiguous", "plain"),
    [
        pytest.param([([2.5, 1.5],)], ([2.5, 3.0],), ([2.5, 3.5],), id="a whole float"),
        pytest.param([([2, "a"],)], ([2, True],), ([2, 3],), id="a bool"),
    ],
)
def test_what_python_takes_for_another_type_is_ambiguous_where_no_example_has_it(examples, ambiguous, plain):
    domain = ImpliedDomain(examples)
    assert domain.is_ambiguous(ambiguous)
    assert domain.likeness(ambiguous) != "alike"
    assert not domain.is_ambiguous(plain)
    assert domain.likeness(plain) == "alike"
    assert not ImpliedDomain([*examples, ambiguous]).is_ambiguous(ambiguous)


def test_an_empty_argument_is_near_where_the_description_speaks_of_it():
    examples = [([3, 3],), ([5, 1, 1],)]
    assert ImpliedDomain(examples, "Returns None for an empty list.").likeness(([],)) == "near"
    assert ImpliedDomain(examples, "Takes a non-empty list.").likeness(([],)) == "unlike"
    assert ImpliedDomain(examples, "Adds the numbers.").likeness(([],)) == "unlike"
