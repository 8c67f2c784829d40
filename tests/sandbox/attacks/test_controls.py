"""The attacks tell a broken sandbox from a sound one: three broken ones fail them."""

import contextlib
from collections.abc import Iterator

import pytest

from sandbox import Limits, Outcome, Sandbox
from sandbox.interface import CallResult
from sandbox.scripted import ScriptedSandbox
from tests.sandbox.attacks.attack import BENIGN, NOTHING_LEFT, PROBE, RIGHT_ANSWER, Attack, find_fault
from tests.sandbox.attacks.suite import ATTACKS

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
