"""A supervisor that breaks the protocol is lost; one that keeps it is heard."""

import json
import math

import pytest

from sandbox import Limits, wire
from sandbox.request import encode_calls
from sandbox.zygote import Zygote, ZygoteLost, open_frame

LIMITS = Limits(wall_seconds=1.0)
REQUEST = encode_calls("f", [[]])
OPENING = open_frame(b"def f(): pass", LIMITS)
GOOD = {
    "end": "record",
    "wall": 0.1,
    "alive": False,
    "exit": 0,
    "cpu": 0.1,
    "peak": 1,
    "clean": True,
    "out_of_memory": False,
    "record": 2,
}


class ScriptedStream:
    """Answers each request with bytes made from the request's id."""

    def __init__(self, answer):
        self.answer = answer
        self.inbox = b""
        self.closed = False

    def send(self, data, deadline):
        opened = wire.frame_size(data)
        header, _ = wire.split(data[opened:])
        self.inbox += self.answer(json.loads(header)["id"])

    def receive(self, size, deadline):
        assert deadline < math.inf
        if len(self.inbox) < size:
            raise EOFError("the end")
        data, self.inbox = self.inbox[:size], self.inbox[size:]
        return data

    def close(self):
        self.closed = True

    def last_words(self):
        return "Traceback: boom"


def exchange(answer):
    zygote = Zygote(ScriptedStream(answer), lambda: None)
    return zygote.call(OPENING, REQUEST, LIMITS, final=True)


def test_a_reply_that_keeps_the_protocol_is_heard():
    reply = exchange(lambda identity: wire.pack({**GOOD, "id": identity}, b"{}printed"))
    assert (reply.record, reply.printed, reply.clean) == (b"{}", b"printed", True)


@pytest.mark.parametrize(
    "answer",
    [
        lambda identity: b"",
        lambda identity: b"\0\0",
        lambda identity: b"\xff" * 8,
        lambda identity: wire.pack({**GOOD, "id": identity}, b"{}")[:-1],
        lambda identity: wire.pack({**GOOD, "id": identity}, bytes(1 << 20)),
        lambda identity: wire.pack({**GOOD, "id": identity + 1}, b"{}"),
        lambda identity: wire.pack({**GOOD, "id": str(identity)}, b"{}"),
        lambda identity: wire.pack([identity], b"{}"),
        lambda identity: wire.pack({**GOOD, "id": identity, "clean": 1}, b"{}"),
        lambda identity: wire.pack({**GOOD, "id": identity, "wall": None}, b"{}"),
        lambda identity: wire.pack({**GOOD, "id": identity, "record": 3}, b"{}"),
        lambda identity: wire.pack({**GOOD, "id": identity, "record": -1}, b"{}"),
        lambda identity: wire.LENGTHS.pack(3, 0) + b"{x}",
    ],
)
def test_a_reply_that_breaks_the_protocol_loses_the_supervisor(answer):
    with pytest.raises(ZygoteLost):
        exchange(answer)


def test_what_a_dying_supervisor_said_is_passed_on():
    with pytest.raises(ZygoteLost, match="EOFError: the end; it said: Traceback: boom"):
        exchange(lambda identity: b"")


def test_an_interrupted_exchange_loses_the_supervisor():
    def interrupt(identity):
        raise KeyboardInterrupt

    stream = ScriptedStream(interrupt)
    zygote = Zygote(stream, lambda: None)
    with pytest.raises(KeyboardInterrupt):
        zygote.call(OPENING, REQUEST, LIMITS, final=True)
    stream.answer = lambda identity: wire.pack({**GOOD, "id": identity}, b"{}")
    with pytest.raises(ZygoteLost, match="an earlier exchange was interrupted"):
        zygote.call(OPENING, REQUEST, LIMITS, final=True)
