"""The supervisor's report and the candidate's bytes become an outcome; the cause of death is told apart."""

import json
import signal

import pytest

from sandbox import Limits, wire
from sandbox.verdict import Reply, judge

LIMITS = Limits(wall_seconds=2.0, output_bytes=10_000)


def reply(end: str, record: bytes = b"", **changes: object) -> Reply:
    fields: dict = {
        "id": 1,
        "end": end,
        "wall": 0.5,
        "alive": False,
        "exit": 0,
        "cpu": 0.25,
        "peak": 1024,
        "clean": True,
        "out_of_memory": False,
        "record": record,
        "printed": b"said\xff",
    }
    return Reply(**{**fields, **changes})


def record(header: object) -> bytes:
    return wire.pack(header)


def returned(*results: object) -> bytes:
    return record({"status": "returned", "results": results, "arrays": []})


def test_times_memory_and_output_come_from_the_supervisor():
    outcome = judge(reply("record", returned([True, 1], [False, "E: x"])), 2, LIMITS)
    assert (outcome.wall_seconds, outcome.cpu_seconds, outcome.peak_memory_bytes) == (0.5, 0.25, 1024)
    assert outcome.stdout == "said\ufffd"
    assert [(result.ok, result.value, result.error) for result in outcome.results] == [
        (True, 1, None),
        (False, None, "E: x"),
    ]


@pytest.mark.parametrize(
    ("end", "changes", "status", "error"),
    [
        ("deadline", {}, "timed_out", "no answer within 2 s"),
        ("cpu", {"cpu": 9.0}, "timed_out", "used more CPU time than the 3 s allowed"),
        ("oversize", {}, "output_exceeded", "results larger than 10,000 bytes"),
        ("forged", {}, "rejected", "more bytes than one answer"),
        ("exit", {"exit": 3}, "crashed", "exited with code 3"),
        ("exit", {"exit": -signal.SIGSEGV}, "crashed", "killed by SIGSEGV"),
        ("exit", {"exit": -signal.SIGKILL}, "crashed", "killed by SIGKILL"),
        ("exit", {"exit": -signal.SIGKILL, "out_of_memory": True}, "memory_exceeded", "container's memory"),
        (
            "exit",
            {"exit": -signal.SIGKILL, "cpu": 3.1},
            "timed_out",
            "used 3.1 s of CPU time, more than the 3 s allowed",
        ),
        ("exit", {"exit": -signal.SIGXCPU, "cpu": 3.0}, "timed_out", "CPU time"),
        ("exit", {"exit": -signal.SIGXCPU, "cpu": 0.1}, "crashed", "killed by SIGXCPU"),
        ("exit", {"exit": -45}, "crashed", "killed by signal 45"),
    ],
)
def test_the_cause_of_death_is_told_apart(end, changes, status, error):
    outcome = judge(reply(end, **changes), 1, LIMITS)
    assert outcome.status == status
    assert error in str(outcome.error)
    assert outcome.results == ()


@pytest.mark.parametrize(
    "forged",
    [
        record([]),
        record({}),
        record({"status": "returned"}),
        record({"status": "returned", "results": [[True, 1]], "arrays": [], "more": 1}),
        record({"status": "timed_out", "error": "a candidate cannot say so"}),
        record({"status": "crashed", "error": "nor so"}),
        record({"status": ["raised"], "error": "x"}),
        record({"status": "raised", "error": 1}),
        record({"status": "raised"}),
        returned(),
        returned([True, 1], [True, 2]),
        returned([1, 1]),
        returned([True]),
        returned(True),
        returned([False, {"not": "text"}]),
        returned([True, {"$array": 0}]),
        wire.pack({"status": "returned", "results": [[True, 1]], "arrays": []}, b"body"),
    ],
)
def test_a_forged_record_is_rejected(forged):
    outcome = judge(reply("record", forged), 1, LIMITS)
    assert outcome.status == "rejected"
    assert outcome.results == ()


def test_a_candidate_may_confess():
    for status in ("raised", "memory_exceeded", "output_exceeded", "rejected"):
        outcome = judge(reply("record", record({"status": status, "error": "why"})), 1, LIMITS)
        assert (outcome.status, outcome.error) == (status, "why")


def test_the_largest_answer_is_the_limit_exactly():
    def answer(size: int) -> bytes:
        empty = len(returned([True, ""]))
        return returned([True, "x" * (size - empty)])

    assert judge(reply("record", answer(10_008)), 1, LIMITS).status == "returned"
    assert judge(reply("record", answer(10_009)), 1, LIMITS).status == "output_exceeded"


def test_a_long_error_is_cut():
    text = json.loads(json.dumps("x" * 9000))
    assert len(str(judge(reply("record", returned([False, text])), 1, LIMITS).results[0].error)) == 4000
