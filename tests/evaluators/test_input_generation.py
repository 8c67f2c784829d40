"""Inputs of a tool: different, of its types, the same for the same seed."""

import pytest

from evaluators.input_generation import InputSource, distinct, family_of, generate_inputs
from programs.tool_specification import ToolSpecification

WANTED = ToolSpecification(
    "count_of",
    "Counts how often an entry is in a list, see count_of([1, 2, 1], 1) and the limit 77.",
    "(entries: list[int], entry: int) -> int",
    ("f([4, 2, 4], 4) == 2",),
)


def test_inputs_are_different_and_of_the_types():
    found = generate_inputs(WANTED, 1, 400)
    assert len(found) == len({repr(given) for given in found}) == 400
    signature = WANTED.parsed_signature
    assert all(
        p.type.accepts(value) for given in found for p, value in zip(signature.parameters, given, strict=True)
    )


def test_the_same_seed_gives_the_same_inputs_and_another_seed_others():
    assert generate_inputs(WANTED, 7, 200) == generate_inputs(WANTED, 7, 200)
    assert generate_inputs(WANTED, 7, 200) != generate_inputs(WANTED, 8, 200)


def test_what_the_description_mentions_is_tried():
    found = generate_inputs(WANTED, 1, 400)
    assert ([4, 2, 4], 4) in found
    assert ([1, 2, 1], 1) in found
    assert any(77 in given[0] or given[1] in (76, 77, 78) for given in found)


def test_smallest_inputs_come_first():
    assert InputSource(WANTED, 1).smallest(3) == [([], 0), ([], 1), ([0], 0)]


def test_a_type_with_few_values_gives_few_inputs():
    wanted = ToolSpecification("negated", "Negates a truth value", "(value: bool) -> bool")
    assert sorted(generate_inputs(wanted, 1, 50)) == [(False,), (True,)]


def test_without_annotations_the_examples_tell_the_types():
    wanted = ToolSpecification(
        "third", "Returns the third", "(a, b)", ("f('x', [1.5]) == 1", "f('y', []) == 2")
    )
    found = generate_inputs(wanted, 1, 200)
    assert all(isinstance(a, str) and isinstance(b, list) for a, b in found)
    assert all(isinstance(entry, float) for _, b in found for entry in b)


def test_without_a_signature_there_are_no_inputs():
    with pytest.raises(ValueError, match="inputs of third: expected a signature, found none"):
        generate_inputs(ToolSpecification("third", "Returns the third"), 1, 5)


def test_one_and_true_are_different_inputs():
    assert distinct([(1,), (True,), (1.0,), (1,)]) == [(1,), (True,), (1.0,)]


@pytest.mark.parametrize(
    ("arguments", "family"),
    [
        (([],), "edge"), (("a", 5), "edge"), ((0,), "edge"), ((None, "ab"), "edge"), (([1, 2], "ab"), "small"),
        ((list(range(9)),), "large"), (("a" * 21,), "large"), ((101,), "large"), (("a" * 20, 100), "small"),
    ],
)  # fmt: skip
def test_family_says_what_an_input_is_like(arguments, family):
    assert family_of(arguments) == family


def test_keys_that_the_examples_show_are_tried_though_json_has_them_not():
    wanted = ToolSpecification(
        "tallied", "Tells whether it is so", "(d)", ("f({'a': 1, 8: 2}) == 1", "f({}) == 0")
    )
    keys = {type(key) for (given,) in generate_inputs(wanted, 1, 200) for key in given}
    assert keys == {str, int}


def test_numbers_stay_where_floats_have_every_integer():
    wanted = ToolSpecification(
        "rounded", "Rounds a number", "(text: str)", ("f('15.3') == 15", "f('-14') == -14")
    )
    for (text,) in generate_inputs(wanted, 1, 1500):
        try:
            assert abs(float(text)) < 1e13
        except ValueError:
            continue


def test_integers_stay_where_counting_up_to_them_is_quick():
    wanted = ToolSpecification(
        "prime", "Tells whether n is prime", "(n: int)", ("f(101) == True", "f(13441) == True")
    )
    found = [n for (n,) in generate_inputs(wanted, 1, 1500)]
    assert 10_000 < max(found) <= 100_000
    large = ToolSpecification("prime", "Tells whether n is prime", "(n: int)", ("f(1000003) == True",))
    assert (1000003,) in generate_inputs(large, 1, 100)
