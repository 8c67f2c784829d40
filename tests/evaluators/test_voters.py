"""Programs as voters."""

import pytest

from evaluators.tool_runner import ToolRunner
from evaluators.voters import distinct, hear, weight_of
from sandbox import open_sandbox

TWICE = "def f(n):\n    return n * 2\n"


@pytest.fixture(scope="module")
def box(bubblewrap):
    with open_sandbox("bubblewrap") as opened:
        yield opened


def test_programs_that_differ_in_names_and_comments_only_are_one_of_more_weight():
    renamed = 'def f(number):\n    """Doubles."""\n    return number * 2  # twice\n'
    assert distinct([TWICE, "def f(n):\n    return n + n\n", renamed]) == {
        TWICE: 2,
        "def f(n):\n    return n + n\n": 1,
    }


def test_a_text_that_is_no_program_is_one_as_it_stands():
    assert distinct(["def f(:", "def f(:", "def g(:"]) == {"def f(:": 2, "def g(:": 1}


def test_voters_answer_all_inputs(box):
    program = "def f(n):\n    while n == 3: pass\n    return 1 / n\n"
    [voter] = hear(ToolRunner(box, "f", call_seconds=0.1), {program: 4}, [(2,), (0,), (3,)])
    assert voter.weight == weight_of([voter]) == 4
    assert voter.answers[0].value == 0.5
    assert [voter.fails(place) for place in range(3)] == [False, True, True]
    assert [voter.is_silent(place) for place in range(3)] == [False, False, True]


def test_answers_are_keyed_by_what_makes_them_the_same(box):
    programs = {
        f"def f(n):\n    return {text}\n": 1 for text in ("[n, 1]", "[1, n]", "(n, 1)", "[n, 1.0000000001]")
    }
    for any_order, groups in ((False, 3), (True, 2)):
        voters = hear(ToolRunner(box, "f"), programs, [(2,)], any_order=any_order)
        assert len({voter.keys for voter in voters}) == groups
