"""The attacks tell a broken sandbox from a sound one: broken ones of several kinds fail them."""

import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import Limits, Outcome, Sandbox
from sandbox.interface import CallResult
from sandbox.scripted import ScriptedSandbox
from tests.sandbox.attacks.attack import (
    BENIGN,
    NOTHING_LEFT,
    PROBE,
    RIGHT_ANSWER,
    Attack,
    attack,
    failed,
    find_fault,
    or_on_gvisor,
)
from tests.sandbox.attacks.suite import ATTACKS

WITNESSED = ATTACKS["ipc: flags of standard input are no mailbox"]
NAIVE = """
def run(source, function):
    namespace = {}
    exec(source, namespace)
    return namespace[function](*([[3, 1, 2]] if function == "benign" else []))
"""


class Gullible:
    """A sandbox in which every attack succeeds and leaves no trace."""

    backend = "gullible"

    def call(self, source, function, argument_lists, *, limits=None):
        answers = {BENIGN: RIGHT_ANSWER, PROBE: NOTHING_LEFT}
        return Outcome("returned", (CallResult(True, answers.get(source, "succeeded")),))


class Careless(Gullible):
    """A sandbox that holds everything but for what becomes of one source."""

    def __init__(self, source: str, outcome: Outcome) -> None:
        self._source = source
        self._outcome = outcome

    def call(self, source, function, argument_lists, *, limits=None):
        return self._outcome if source == self._source else super().call(source, function, argument_lists)


class PlainProcess:
    """No sandbox at all: each candidate is a process of this machine."""

    backend = "plain"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def call(self, source, function, argument_lists, *, limits=None):
        program = f"{source}\nimport json\nprint(json.dumps([{function}(*a) for a in {argument_lists!r}]))"
        finished = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=self._folder
        )
        if finished.returncode != 0:
            return Outcome("crashed", error=finished.stderr)
        values = json.loads(finished.stdout.splitlines()[-1])
        return Outcome("returned", tuple(CallResult(True, value) for value in values))


class InProcess:
    """A sandbox that runs every candidate in one and the same process: the commonest kind.

    That process lives in a real sandbox, so that the test machine survives it.
    """

    backend = "in-process"

    def __init__(self, session) -> None:
        self._session = session

    def call(self, source, function, argument_lists, *, limits=None):
        return self._session.call_many("run", [[source, function]])


@contextlib.contextmanager
def in_process(box: Sandbox) -> Iterator[InProcess]:
    with box.session(NAIVE, limits=Limits(wall_seconds=0.5)) as session:
        yield InProcess(session)


def test_there_are_attacks_of_every_class_in_number():
    assert len(ATTACKS) >= 60
    assert len({name.partition(":")[0] for name in ATTACKS}) == 10


def test_a_sandbox_that_fails_every_call_holds_no_attack():
    broken = ScriptedSandbox({})
    assert [name for name, case in ATTACKS.items() if find_fault(broken, case) is None] == []


def test_a_sandbox_that_believes_everything_fails_most_attacks():
    held = [name for name, case in ATTACKS.items() if find_fault(Gullible(), case) is None]
    assert len(held) < len(ATTACKS) / 5, held


@pytest.mark.parametrize(
    ("source", "outcome"),
    [
        (BENIGN, Outcome("crashed")),
        (BENIGN, Outcome("returned", (CallResult(True, [[1, 2, 3], 3, [2.0], [0, 0, 0]]),))),
        (PROBE, Outcome("timed_out")),
        (PROBE, Outcome("returned", (CallResult(True, {**NOTHING_LEFT, "pids": [7]}),))),
        (PROBE, Outcome("returned", (CallResult(True, {**NOTHING_LEFT, "scratch": ["left"]}),))),
        (PROBE, Outcome("returned", (CallResult(True, {**NOTHING_LEFT, "marks": ["/tmp"]}),))),
        (WITNESSED.witness, Outcome("returned", (CallResult(True, "a letter"),))),
        (WITNESSED.source, Outcome("timed_out")),
    ],
)
def test_a_sandbox_that_is_careless_once_fails_the_attack(source, outcome):
    assert WITNESSED.witness is not None
    sound = Careless(WITNESSED.witness, Outcome("returned", (CallResult(True, WITNESSED.witnessed),)))
    assert find_fault(sound, WITNESSED) is None
    careless = Careless(source, outcome)
    assert find_fault(
        careless, dataclasses.replace(WITNESSED, witness=None) if source in (BENIGN, PROBE) else WITNESSED
    )


@pytest.mark.parametrize(
    "name",
    [
        "filesystem: nothing of the host is to be seen",
        "filesystem: nothing of the host's kernel, mounts and processes is to be seen",
        "filesystem: nothing of the host's hardware and of what else it runs is to be seen",
        "network: no IPv4 socket can be opened",
        "network: no unix socket can be opened",
        "ipc: nobody can watch who reads a library",
        "decoding: an exception that raises when shown is still a value",
        "forging: a record printed is only printed",
    ],
)
def test_a_plain_process_fails_what_can_be_tried_without_harm(name: str, tmp_path: Path):
    plain = PlainProcess(tmp_path)
    assert [result.value for result in plain.call(BENIGN, "benign", [[[3, 1, 2]]]).results] == [RIGHT_ANSWER]
    assert find_fault(plain, ATTACKS[name]) is not None


def test_only_gvisor_may_hold_an_attack_in_its_own_way():
    case = or_on_gvisor(attack("held", "", also=failed), lambda outcome: outcome.status == "crashed")
    crashing = Careless("", Outcome("crashed"))
    assert find_fault(crashing, case) is not None
    crashing.backend = "docker-runsc"
    assert find_fault(crashing, case) is None


def fails_in_process(box: Sandbox, case: Attack) -> bool:
    with in_process(box) as broken:
        return find_fault(broken, case) is not None


@pytest.mark.docker
def test_a_sandbox_in_one_process_fails_the_attacks_that_the_gullible_one_held(docker_box: Sandbox):
    held = [case for case in ATTACKS.values() if find_fault(Gullible(), case) is None]
    failed = [case.holds for case in held if fails_in_process(docker_box, case)]
    assert len(failed) > len(held) / 2, failed


@pytest.mark.docker
def test_a_sandbox_in_one_process_lets_one_candidate_poison_the_next(docker_box: Sandbox):
    poison = ATTACKS["forging: a patched library stays in the process that patched it"]
    assert find_fault(docker_box, poison) is None
    assert fails_in_process(docker_box, poison)
