"""A paced backend: passes on what is asked, no sooner than its rate allows."""

import pyrate_limiter
import pytest

from language_models import ChatRequest, Message, pace
from language_models.pace import PacedBackend
from language_models.scripted import ScriptedBackend

REQUEST = ChatRequest(messages=(Message("user", "hello"),))


def test_requests_within_the_rate_pass_at_once_and_unchanged():
    inner = ScriptedBackend(["one", "two"])
    paced = PacedBackend(inner, 60)
    assert [paced.chat(REQUEST).texts, paced.chat(REQUEST).texts] == [("one",), ("two",)]
    assert inner.requests == [REQUEST, REQUEST]
    assert paced.name == "scripted, at most 60 requests a minute"


def test_a_request_beyond_the_rate_waits_for_the_window(monkeypatch):
    monkeypatch.setattr(pace, "Duration", type("Short", (), {"MINUTE": 200}))  # milliseconds
    paced = PacedBackend(ScriptedBackend(["ok"]), 2)
    clock = pyrate_limiter.MonotonicClock()
    started = clock.now()
    for _ in range(5):
        paced.chat(REQUEST)
    assert clock.now() - started >= 2 * 200 - 50  # the fifth lies in the third window


@pytest.mark.parametrize("bad", [0, -1])
def test_a_rate_of_nothing_is_refused(bad):
    with pytest.raises((ValueError, AssertionError)):
        PacedBackend(ScriptedBackend(["ok"]), bad)
