"""A session: one process, many calls, each with its own deadline and copies; once dead, it says so and why."""

import numpy as np
import pytest

from sandbox import Limits, Sandbox, open_sandbox

SHORT = Limits(wall_seconds=1.0)


def test_every_call_has_a_deadline_of_its_own(box: Sandbox):
    source = "import time\ndef f():\n    time.sleep(0.4)\n    return 1\n"
    with box.session(source, limits=SHORT) as session:
        assert [session.call("f").value for _ in range(4)] == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("while True: pass", "timed_out", "no answer within 1 s"),
        ("return [0] * 10**10", "memory_exceeded", "MemoryError"),
        ("return 'x' * 10**6", "output_exceeded", "the 262144 allowed"),
        ("import os; os._exit(3)", "crashed", "exited with code 3"),
        ("import ctypes; ctypes.string_at(1)", "crashed", "SIGSEGV"),
        ("return print", "rejected", "builtin_function_or_method"),
        ("return float('nan')", "rejected", "NaN"),
    ],
)
def test_the_cause_is_told_and_the_session_lives_on_or_says_that_it_is_dead(
    box: Sandbox, body, status, reason
):
    source = f"def f():\n    {body}\ndef g():\n    return 7\n"
    with box.session(source, limits=SHORT) as session:
        assert session.call("g").value == 7
        outcome = session.call_many("f", [[]])
        assert (outcome.status, reason in str(outcome.error)) == (status, True), outcome
        after = session.call("g")
        if status in ("timed_out", "crashed"):
            assert not after.ok
            assert str(after.error).startswith(f"{status}: ")
            assert reason in str(after.error)
        else:
            assert after.value == 7
    assert box.call("def f():\n    return 1\n", "f", [[]]).results[0].value == 1


def test_every_call_gets_copies_of_its_arguments(box: Sandbox):
    array, table = np.zeros(3), {"a": [1]}
    with box.session("def f(x, y):\n    x += 1\n    y['a'].append(2)\n    return [x, y]\n") as session:
        for _ in range(3):
            found = session.call("f", array, table).value
            assert (found[0].tolist(), found[1]) == ([1, 1, 1], {"a": [1, 2]})
    assert (array.tolist(), table) == ([0, 0, 0], {"a": [1]})


@pytest.mark.bubblewrap
def test_candidates_may_import_the_packages_named_and_no_others(bubblewrap_box: Sandbox):
    source = "import numpy\ndef f():\n    return 1\n"
    assert bubblewrap_box.call(source, "f", [[]]).status == "returned"
    with open_sandbox("bubblewrap", packages=()) as bare:
        outcome = bare.call(source, "f", [[]])
        assert (outcome.status, outcome.error) == ("raised", "ModuleNotFoundError: No module named 'numpy'")
    with open_sandbox("bubblewrap", packages=("typing_extensions",)) as other:
        source = "import typing_extensions\ndef f():\n    return 1\n"
        assert other.call(source, "f", [[]]).results[0].value == 1
