"""Programs answer call by call; whatever they do, what comes back is plain values or a reason."""

import math

import pytest

from evaluators.literals import Opaque
from evaluators.tool_runner import Answer, ToolRunner
from sandbox import Outcome
from sandbox.interface import CallResult
from sandbox.scripted import ScriptedSandbox

INPUTS = [[0], [1]]


def runner(box):
    return ToolRunner(box, "f", call_seconds=0.2)


def run(box, source, inputs=INPUTS):
    return runner(box).run(source, inputs)


def test_each_call_is_answered_and_what_it_used_is_told(box):
    performance = run(box, "def f(x):\n    print(x)\n    return 1 // x\n")
    assert performance.failure is None
    assert performance.answers == (
        Answer("error", error="ZeroDivisionError: integer division or modulo by zero"),
        Answer("value", 1),
    )
    assert performance.peak_memory_bytes > 0
    assert performance.cpu_seconds > 0


def test_values_keep_their_types(box):
    value = [(1, 2), {3}, {4: b"5", "a": None}, True, 1.5, -0.0, math.inf, 1 << 70, "\ud800", {"t": 1}]
    [answer] = run(box, "def f(x):\n    return x\n", [[value]]).answers
    assert answer == Answer("value", value)
    assert str(answer.value[5]) == "-0.0"


def test_a_call_that_changes_its_arguments_is_told_from_one_that_does_not(box):
    words = {"a", "b", "c", "d", "e", "f"}
    source = "def f(x, change):\n    if change: x[0].add(1)\n    return len(x)\n"
    answers = run(box, source, [[[words], True], [[words], False]]).answers
    assert [answer.changed_arguments for answer in answers] == [True, False]


def test_calls_do_not_share_their_arguments(box):
    shared = [1]
    answers = run(box, "def f(x):\n    x.append(1)\n    return len(x)\n", [[shared], [shared]]).answers
    assert [answer.value for answer in answers] == [2, 2]
    assert shared == [1]


SLOW = "def f(x):\n    n = 0\n    while x:\n        n += 1\n    return n\n"
SWALLOWING = (
    "def f(x):\n    n = 0\n    for _ in range(2):\n        try:\n            while x:\n                n += 1\n"
    "        except BaseException:\n            n = 0\n    return 7\n"
)


@pytest.mark.parametrize("source", [SLOW, SWALLOWING])
def test_slow_calls_end_alone_and_two_of_them_end_the_program(box, source):
    kinds = [answer.kind for answer in run(box, source, [[0], [1], [0], [1], [0]]).answers]
    assert kinds == ["value", "slow", "value", "slow", "skipped"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("return f(x)", "RecursionError"),
        ("return input()", "EOFError"),
        ("raise ValueError('\\ud800' * 1000)", "ValueError: ????"),
        ("class E(Exception):\n        def __str__(s): return 5\n    raise E", "does not tell what it is"),
        ("a = []; a.append(a); return a", "collections within each other"),
        ("a = ()\n    for _ in range(60): a = (a,)\n    return a", "collections within each other"),
        ("class K:\n        def __repr__(s): raise SystemExit\n    return K()", "SystemExit"),
    ],
)
def test_calls_that_fail_cost_nobody_else(box, body, error):
    source = f"def f(x):\n    if x == 0: return 5\n    {body}\n"
    first, second = run(box, source).answers
    assert first == Answer("value", 5)
    assert second.kind == "error"
    assert error in second.error
    second.error.encode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("class I(int):\n    __eq__ = lambda s, o: True\n    __lt__ = __gt__ = __eq__\n    __hash__ = int.__hash__\ndef f(x): return I(9)", 9),
        ("class S(str):\n    def __str__(s): return 'lie'\ndef f(x): return S('truth')", "truth"),
        ("class L(list):\n    __eq__ = lambda s, o: True\ndef f(x): return L([1])", [1]),
        ("import collections\ndef f(x): return collections.Counter('a')", {"a": 1}),
        ("class K:\n    __eq__ = lambda s, o: True\n    __repr__ = lambda s: '5'\ndef f(x): return K()", Opaque("K", "5")),
    ],
)  # fmt: skip
def test_values_that_lie_come_back_plain(box, source, expected):
    [answer] = run(box, source, [[0]]).answers
    assert answer.value == expected
    assert type(answer.value) is type(expected)


def test_very_large_integers_can_be_told_and_told_apart(box):
    one, other = run(box, "def f(x):\n    return (1 << 60000) + x\n").answers
    assert one.value != other.value
    assert len(repr(one)) < 500


@pytest.mark.parametrize(
    ("source", "failure"),
    [
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("f = 3", "NameError: no function 'f'"),
        ("def f(:", "SyntaxError"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("x = '\ud800'", "UnicodeEncodeError"),
        ("import os\ndef f(x):\n    os._exit(0)", "crashed"),
        ("def f(x):\n    return 'x' * (20 << 20)", "output exceeded"),
    ],
)
def test_programs_that_cannot_answer_have_a_reason(box, source, failure):
    performance = run(box, source)
    assert performance.answers == ()
    assert performance.failure.startswith(failure)


VALUE = ["value", 1, False]


@pytest.mark.parametrize(
    "report",
    [None, 5, [], [None], [None, None], [None, [VALUE]], [None, [VALUE] * 3], [5, []], [["x"], []], [None, {"a": 1}],
     [None, [VALUE, ["value", 1, 1]]], [None, [VALUE, ["slow", 1, False]]], [None, [VALUE, ["right", 1, False]]],
     [None, [VALUE, ["value", {"t": [], "v": 1}, False]]], [None, [VALUE, ["value", {"a": 1}, False]]],
     [None, [VALUE, ["error", 5, False]]], [None, [VALUE, 5]]],
)  # fmt: skip
def test_forged_reports_are_found_out(report):
    box = ScriptedSandbox(lambda *_: report)
    assert run(box, "x").failure == "forged: the program answered in the place of its harness"


def test_an_honest_report_is_read():
    box = ScriptedSandbox(lambda *_: [None, [VALUE, ["skipped", None, False]]])
    assert run(box, "x").answers == (Answer("value", 1), Answer("skipped"))


def test_a_program_may_forge_its_harness_and_gains_no_more_than_its_answers(box):
    source = (
        "import sys\nharness = sys.modules['candidate']\n"
        "harness.encode = lambda value, **_: {'t': [], 'v': 1}\ndef f(x): return x\n"
    )
    assert run(box, source).failure.startswith("forged")


class Saying(ScriptedSandbox):
    """Answers every call with one outcome."""

    def __init__(self, outcome):
        super().__init__({})
        self.outcome = outcome

    def call(self, *_, **__):
        return self.outcome


def test_what_the_sandbox_says_is_told():
    assert run(Saying(Outcome("timed_out", error="no answer")), "x").failure == "timed out: no answer"
    raised = Outcome("returned", (CallResult(False, error="E: e"),))
    assert run(Saying(raised), "x").failure == "raised: E: e"


@pytest.mark.parametrize(
    "limits", [{"call_seconds": 0}, {"call_seconds": math.inf}, {"call_seconds": -1}, {"patience": 0}]
)
def test_limits_that_limit_nothing_are_refused(limits):
    with pytest.raises(ValueError, match="expected positive numbers"):
        ToolRunner(ScriptedSandbox({}), "f", **limits)


def test_arguments_that_cannot_cross_are_refused():
    with pytest.raises(ValueError, match="found object"):
        run(ScriptedSandbox({}), "x", [[object()]])
