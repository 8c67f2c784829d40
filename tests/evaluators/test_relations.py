"""Relations between calls."""

import pytest

from evaluators.relations import Known, related_cases
from evaluators.tool_runner import ToolRunner
from sandbox import open_sandbox

LISTS = [[1, 2, 3], [4, 1], [2, 2, 9], [7, 3], [5, 6, 8, 1], [3, 9]]
TEXTS = ["abc", "bad", "cabb", "dcca", "abd", "cbd"]


@pytest.fixture(scope="module")
def box(bubblewrap):
    with open_sandbox("bubblewrap") as opened:
        yield opened


def cases_of(box, bodies, calls, is_likely=lambda arguments: True):
    names = ", ".join("ab"[: len(calls[0])])
    programs = [f"def f({names}):\n    return {body}\n" for body in bodies]
    known = [
        Known(
            call, eval(bodies[0], {}, dict(zip("ab", call, strict=False)))
        )  # our own texts, a few lines above
        for call in calls
    ]
    return [
        (case.arguments, case.expected)
        for case in related_cases(ToolRunner(box, "f"), programs, known, is_likely)
    ]


@pytest.mark.parametrize(
    ("body", "calls", "related"),
    [
        pytest.param("sum(a)", [(each,) for each in LISTS], (([3, 2, 1],), 6), id="order does not matter"),
        pytest.param("a + a", [(each,) for each in TEXTS], (("cba",), "cbacba"), id="reverse"),
        pytest.param("a.upper()", [(each,) for each in TEXTS], (("ABC",), "ABC"), id="letter case"),
        pytest.param("sorted(a)", [(each,) for each in LISTS], (([1, 4],), [1, 4]), id="once is enough"),
        pytest.param("a[1:] + a[:1] if len(a) == 2 else a", [(each,) for each in LISTS], (([1, 4],), [4, 1]),
                     id="twice undoes"),
        pytest.param("a * b", [(1, 2), (3, 4), (5, 1), (2, 7), (9, 4)], ((2, 1), 2), id="places changed"),
    ],
)  # fmt: skip
def test_a_relation_that_all_keep_makes_tests(box, body, calls, related):
    assert related in cases_of(box, [body], calls)


def test_a_relation_that_one_member_breaks_makes_none(box):
    calls = [(each,) for each in LISTS]
    assert cases_of(box, ["sum(a)", "sum(a) + 0"], calls)
    assert not cases_of(box, ["sum(a)", "sum(a) + (a[:2] == [9, 3])"], calls)


def test_a_relation_that_was_tried_on_few_inputs_only_makes_none(box):
    assert not cases_of(box, ["sum(a)"], [(each,) for each in LISTS[:4]])


def test_changed_inputs_that_the_tool_is_not_for_are_not_tried(box):
    calls = [(each,) for each in LISTS]
    assert not cases_of(box, ["sum(a)"], calls, lambda arguments: arguments[0][0] == 3)
