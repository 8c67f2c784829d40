"""A lost supervisor costs a candidate nothing but a second try; two lost ones are an exception."""

import threading

import pytest

from sandbox import Limits, SandboxBroken, SandboxError, SandboxUnavailable, pool, wire
from sandbox.verdict import Reply
from sandbox.warm import WarmSandbox
from sandbox.zygote import ZygoteLost

SOURCE = "def canary(number):\n    return [number, number * 3]\n"


class ScriptedZygote:
    """A supervisor that answers every call like the canary, until its script says otherwise."""

    def __init__(self, *script):
        self.script = list(script)
        self.candidates = 0
        self.born = float("inf")
        self.closed = threading.Event()

    def call(self, opening, request, limits, *, final):
        self.candidates += bool(opening)
        step = self.script.pop(0) if self.script else {}
        if isinstance(step, Exception):
            raise step
        record = wire.pack({"status": "returned", "results": [[True, [14, 42]]], "arrays": []})
        fields = {"end": "record", "alive": not final, "exit": 0, "clean": True, "out_of_memory": False}
        return Reply(
            **{
                "id": 1,
                "wall": 0.1,
                "cpu": 0.1,
                "peak": 1,
                "record": record,
                "printed": b"",
                **fields,
                **step,
            }
        )

    def end_candidate(self, limits):
        return self.call(b"", None, limits, final=True)

    def close(self):
        self.closed.set()


def lost() -> ZygoteLost:
    return ZygoteLost("gone")


def warm(*zygotes):
    queue = list(zygotes)

    def start():
        if not queue:
            raise SandboxUnavailable("no more engines")
        return queue.pop(0)

    return WarmSandbox("scripted", start)


def ask(box):
    return box.call(SOURCE, "canary", [[14]]).results[0].value


def test_a_candidate_is_tried_again_when_its_supervisor_is_lost():
    first, second = ScriptedZygote({}, lost()), ScriptedZygote()
    with warm(first, second) as box:
        assert ask(box) == [14, 42]
        assert first.closed.wait(5)


def test_two_lost_supervisors_in_a_row_are_an_exception_and_the_sandbox_goes_on():
    zygotes = ScriptedZygote({}, lost()), ScriptedZygote({}, lost()), ScriptedZygote()
    with warm(*zygotes) as box:
        with pytest.raises(
            SandboxBroken, match="expected an answer, found none from two supervisors in a row"
        ):
            ask(box)
        assert ask(box) == [14, 42]
    assert all(zygote.closed.is_set() for zygote in zygotes)


def test_an_engine_that_is_gone_is_an_exception():
    with warm(ScriptedZygote({}, lost())) as box, pytest.raises(SandboxBroken, match="no more engines"):
        ask(box)


def test_a_supervisor_that_fails_its_canary_is_not_used():
    wrong = ScriptedZygote({"record": wire.pack({"status": "raised", "error": "no"})})
    with pytest.raises(SandboxUnavailable, match="canary"):
        warm(wrong)
    assert wrong.closed.is_set()


def test_an_unclean_supervisor_answers_and_is_replaced():
    unclean, fresh = ScriptedZygote({}, {"clean": False}), ScriptedZygote()
    with warm(unclean, fresh) as box:
        assert ask(box) == [14, 42]
        assert unclean.closed.wait(5)
        assert ask(box) == [14, 42]
        assert fresh.candidates == 2


def test_a_candidate_that_cannot_be_confined_is_the_failure_of_the_sandbox():
    failing = [ScriptedZygote({}, {"end": "setup", "printed": b"EPERM"}) for _ in range(2)]
    with warm(*failing) as box, pytest.raises(SandboxBroken, match="could not be confined: EPERM"):
        ask(box)


def test_a_worn_supervisor_is_replaced_by_one_started_ahead(monkeypatch):
    monkeypatch.setattr(pool, "CANDIDATES_PER_ZYGOTE", 4)
    monkeypatch.setattr(pool, "CANDIDATES_AHEAD", 2)
    first, second = ScriptedZygote(), ScriptedZygote()
    with warm(first, second) as box:
        for _ in range(4):
            assert ask(box) == [14, 42]
        assert first.candidates == 4
        assert second.candidates == 2


def test_a_session_whose_supervisor_is_lost_is_an_exception():
    first, second = ScriptedZygote({}, {}, lost()), ScriptedZygote()
    with warm(first, second) as box:
        with box.session(SOURCE) as session:
            assert session.call("canary", 14).value == [14, 42]
            with pytest.raises(SandboxBroken, match="open another session"):
                session.call("canary", 14)
        assert ask(box) == [14, 42]


def test_one_candidate_runs_at_a_time():
    with warm(ScriptedZygote()) as box, box.session(SOURCE):
        with pytest.raises(SandboxError, match="a session is open"):
            ask(box)
        with pytest.raises(SandboxError, match="a session is open"), box.session(SOURCE):
            pass


def test_a_closed_sandbox_says_so():
    box = warm(ScriptedZygote())
    box.close()
    box.close()
    with pytest.raises(SandboxError, match="it was closed"):
        ask(box)


def test_a_closed_session_says_so():
    with warm(ScriptedZygote()) as box:
        with box.session(SOURCE, limits=Limits()) as session:
            session.call("canary", 14)
        with pytest.raises(SandboxError, match="it was closed"):
            session.call("canary", 14)
