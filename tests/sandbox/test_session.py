"""A session: one process, many calls, each with its own deadline and copies; once dead, it says so and why."""

import math
import threading
import time

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


@pytest.mark.parametrize("wall_seconds", [0, -1, math.nan, math.inf, True, "5"])
def test_a_deadline_that_is_none_is_refused_before_anything_runs(box: Sandbox, wall_seconds):
    with box.session("def f():\n    print('ran')\n", limits=SHORT) as session:
        with pytest.raises(ValueError, match="wall_seconds: expected a positive finite number, or None"):
            session.call("f", wall_seconds=wall_seconds)
        with pytest.raises(ValueError, match=f"found {wall_seconds!r}"):
            session.call_many("f", [[]], wall_seconds=wall_seconds)
        assert session.call_many("f", [[]], wall_seconds=5).stdout == "ran\n"


def test_a_missed_deadline_is_the_reason_of_every_later_call(box: Sandbox):
    source = "def f(endless):\n    while endless: pass\n    return 1\n"
    with box.session(source, limits=Limits(wall_seconds=30.0)) as session:
        assert session.call("f", False, wall_seconds=10.0).value == 1
        missed = session.call("f", True, wall_seconds=0.25)
        assert (missed.ok, missed.error) == (False, "timed_out: no answer within 0.25 s")
        assert session.call("f", False) == missed
        assert session.call("f", False, wall_seconds=10.0) == missed


def test_a_session_outlives_the_cpu_time_of_one_request(box: Sandbox):
    source = (
        "import time\ndef burn(seconds):\n    end = time.process_time() + seconds\n"
        "    while time.process_time() < end: pass\n    return time.process_time()\n"
    )
    with box.session(source, limits=Limits(wall_seconds=0.01)) as session:
        used = [session.call("burn", 0.8, wall_seconds=20.0) for _ in range(4)]
    assert [result.ok for result in used] == [True] * 4
    assert used[-1].value > 3  # the limit of a process that serves one request would have been 2


BURNERS = """
import os
def start(count):
    for _ in range(count):
        if os.fork() == 0:
            while True: pass
def g():
    return 7
"""


@pytest.mark.parametrize(("burners", "survives"), [(2, False), (0, True)])
def test_processes_that_burn_on_between_calls_end_the_session(box: Sandbox, burners, survives):
    with box.session(BURNERS, limits=Limits(wall_seconds=5.0, cpu_seconds=1)) as session:
        assert session.call("start", burners).ok
        for _ in range(5):  # times that nobody asks anything, on a machine that does much else
            threading.Event().wait(1.5)
            found = session.call("g")
            if survives or not found.ok:
                break
    assert found.ok == survives
    assert survives or found.error == "timed_out: used more CPU time than the 1 s allowed"
    assert box.call("def f():\n    return 1\n", "f", [[]]).results[0].value == 1


def test_children_share_the_cpu_time_of_a_session(box: Sandbox):
    with box.session(BURNERS, limits=Limits(wall_seconds=5.0, cpu_seconds=1)) as session:
        assert session.call("start", 2).ok
        deadline = time.monotonic() + 20
        while (found := session.call("g")).ok and time.monotonic() < deadline:
            pass
    assert found.error == "timed_out: used more CPU time than the 1 s allowed"


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
