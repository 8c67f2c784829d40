"""The relay ends a request at the first of: an answer, the deadline, the CPU time, the candidate's end."""

import os
import time

import pytest

from sandbox import wire
from sandbox.candidate import PID_BYTES
from sandbox.relay import OwnerGone, Relay
from sandbox.sheet import Sheet

ANSWER = wire.pack({"status": "returned"})
PID = (7).to_bytes(PID_BYTES, "little")


class ScriptedCandidate:
    """A candidate made of pipes, of which `answer` was written already, and of a CPU clock that stands."""

    def __init__(self, answer=b"", cpu=0.0):
        self.requests_read, self.requests = os.pipe2(os.O_NONBLOCK)
        self.results, self.results_write = os.pipe2(os.O_NONBLOCK)
        self.output, self.output_write = os.pipe2(os.O_NONBLOCK)
        self.watch, self.watch_write = os.pipe2(os.O_NONBLOCK)  # nothing to read in it: it lives
        self.inner_pid = None
        self.inbox = Sheet(1 << 16)
        self.cpu = cpu
        os.write(self.results_write, answer)

    def excess(self, cpu):
        return "cpu" if self.cpu > cpu else None

    def drain_output(self):
        return True

    def close(self):
        for name in ("requests", "results", "output", "watch"):
            os.close(getattr(self, name))
        for name in ("requests_read", "results_write", "output_write", "watch_write"):
            os.close(getattr(self, name))


def relay(candidate, *, cpu=1.0, seconds=5.0, owner_is_gone=False, limit=1000):
    owner, theirs = os.pipe()
    if owner_is_gone:
        os.close(theirs)
    try:
        return Relay(candidate, owner, memoryview(b"request"), limit).run(time.monotonic() + seconds, cpu)
    finally:
        os.close(owner)
        if not owner_is_gone:
            os.close(theirs)
        candidate.close()


def test_the_first_whole_record_ends_the_request():
    candidate = ScriptedCandidate(PID + ANSWER)
    assert relay(candidate) == "record"
    assert (candidate.inner_pid, bytes(candidate.inbox.held)) == (7, ANSWER)


def test_cpu_time_beyond_the_request_s_own_ends_it_whatever_was_answered():
    assert relay(ScriptedCandidate(PID + ANSWER, cpu=1.5), cpu=2.0) == "record"
    assert relay(ScriptedCandidate(PID + ANSWER, cpu=2.5), cpu=2.0) == "cpu"


@pytest.mark.parametrize(
    ("answer", "end"),
    [(PID + ANSWER + b"x", "forged"), (PID + wire.LENGTHS.pack(2000, 0), "oversize"), (PID, "deadline")],
)
def test_what_is_no_answer_is_told_apart(answer, end):
    assert relay(ScriptedCandidate(answer), seconds=0.05 if end == "deadline" else 5.0) == end


def test_an_owner_who_left_ends_everything():
    with pytest.raises(OwnerGone):
        relay(ScriptedCandidate(), owner_is_gone=True)
