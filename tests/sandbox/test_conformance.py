"""Every backend keeps every behaviour of the self-check."""

import signal

import pytest

from sandbox import Limits, Outcome, Sandbox, open_sandbox
from sandbox.scripted import ScriptedSandbox
from sandbox.self_check import behaviour_names, check_one, run_self_check


@pytest.mark.parametrize("behaviour", behaviour_names())
def test_a_backend_keeps_the_behaviour(box: Sandbox, behaviour: str):
    check = check_one(box, behaviour)
    assert check.held, check.found


def test_a_sandbox_that_fails_every_call_fails_every_behaviour():
    broken = ScriptedSandbox({})
    assert not [check.name for check in run_self_check(broken) if check.held]


def test_a_behaviour_fails_when_the_control_after_it_does():
    source = "def f(:\n"
    only_this = ScriptedSandbox({source: Outcome("raised", error="SyntaxError")})
    check = check_one(only_this, "says when the source cannot be imported")
    assert not check.held
    assert "the control that followed it failed" in check.found


def test_a_supervisor_keeps_nothing_of_the_requests_it_served(box: Sandbox):
    source, argument = "def f(x):\n    return len(x)\n", "x" * (1 << 20)
    peaks = [box.call(source, "f", [[argument]]).peak_memory_bytes for _ in range(50)]
    assert max(peaks[-5:]) - max(peaks[:5]) < 15 << 20  # a candidate inherits what its supervisor holds


@pytest.mark.parametrize("size", [1, 1e6, 2.0**62])
def test_limits_of_any_size_are_applied_or_met(box: Sandbox, size: float):
    names = ("cpu_seconds", "memory_bytes", "output_bytes", "stdout_bytes", "processes", "scratch_bytes")
    limits = Limits(wall_seconds=max(size, 5.0), **{name: int(size) for name in names})
    outcome = box.call("def f():\n    return 1\n", "f", [[]], limits=limits)
    assert outcome.status in ("returned", "memory_exceeded", "output_exceeded", "crashed"), outcome
    assert outcome.status == "returned" or size < 1e9
    assert box.call("def f():\n    return 1\n", "f", [[]]).status == "returned"


def test_many_calls_run_in_one_sandbox_without_leaving_a_descriptor(box: Sandbox):
    import os

    def descriptors() -> int:
        return len(os.listdir("/proc/self/fd"))

    with open_sandbox(box.backend) as fresh:  # too young to start its supervisor's successor meanwhile
        fresh.call("def f():\n    return 1\n", "f", [[]])
        before = descriptors()
        for number in range(100):
            outcome = fresh.call("def f(x):\n    return x + 1\n", "f", [[number]])
            assert outcome.results[0].value == number + 1
        assert descriptors() == before


@pytest.mark.bubblewrap
def test_an_owner_that_ignores_the_end_of_its_children_is_told_how_candidates_end(bubblewrap_box: Sandbox):
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with open_sandbox("bubblewrap") as box:
            outcome = box.call("import os\ndef f():\n    os._exit(3)\n", "f", [[]])
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert outcome.error == "exited with code 3 before it answered"


def test_random_numbers_are_the_same_for_every_candidate_and_differ_within_it(box: Sandbox):
    source = (
        "import random\nimport numpy as np\ndef f():\n    return [random.random(), float(np.random.rand())]\n"
    )
    first, second = (box.call(source, "f", [[], []]).results for _ in range(2))
    assert first == second
    assert first[0].value != first[1].value
