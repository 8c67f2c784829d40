"""Hostile programs on every backend. After each one the same sandbox still works, and nothing of it is left."""

import pytest

from sandbox import Limits, Sandbox, SandboxUnavailable
from tests.sandbox.attacks.attack import PROBE, attack, find_fault
from tests.sandbox.attacks.suite import ATTACKS
from tests.sandbox.backends import BACKENDS, leave_out
from tests.sandbox.trial import Trial


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_an_attack_is_held(trials: dict[str, Trial], backend: str, name: str):
    try:
        fault = trials[backend].fault(name)
    except SandboxUnavailable as error:
        leave_out(backend, error)
    assert fault is None


@pytest.mark.docker
def test_a_full_container_takes_the_candidate_and_not_the_supervisor(docker_box: Sandbox):
    source = """
import os
def f():
    for _ in range(3):
        if os.fork() == 0: break
    hoard = bytearray(300 << 20)
    for page in range(0, len(hoard), 4096): hoard[page] = 1
    while True: pass
"""
    full = attack(
        "the container is full", source, "memory_exceeded", "timed_out", limits=Limits(wall_seconds=2)
    )
    assert find_fault(docker_box, full) is None


@pytest.mark.docker
def test_a_candidate_killed_for_the_container_s_memory_is_told_apart(docker_box: Sandbox):
    source = "def f():\n    return len(b'x' * (700 << 20))\n"
    outcome = docker_box.call(source, "f", [[]], limits=Limits(wall_seconds=20, memory_bytes=2 << 30))
    assert outcome.status == "memory_exceeded", outcome
    assert "container" in str(outcome.error)


def test_the_probe_finds_what_is_there(box: Sandbox):
    source = PROBE + "def leave():\n    open('left', 'w').close()\n    return probe()\n"
    assert box.call(source, "leave", [[]]).results[0].value["scratch"] == ["left"]
