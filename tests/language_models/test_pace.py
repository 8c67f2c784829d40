"""A paced backend: passes on what is asked, no sooner than its rate allows."""

import pyrate_limiter
import pytest

from language_models import ChatRequest, End, Message, ModelRequestFailed, TextDelta, Usage, pace
from language_models.pace import PacedBackend, most_tokens
from language_models.scripted import ScriptedBackend
from language_models.token_window import TokenWindow

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


@pytest.fixture
def slept():
    return []


@pytest.fixture
def window(slept):
    """A window for one request of the longest, whose clock stands still unless somebody sleeps."""
    return TokenWindow(most_tokens(REQUEST), clock=lambda: float(sum(slept)), sleep=slept.append)


def test_a_request_counts_for_its_longest_reply_until_its_usage_is_known(window, slept):
    paced = PacedBackend(ScriptedBackend(["one two"]), tokens=window)
    assert paced.name == f"scripted, at most {most_tokens(REQUEST)} tokens a minute"
    paced.chat(REQUEST)
    window.reserve(most_tokens(REQUEST) - 3)  # "hello", "one" and "two" is all that was used
    assert slept == []
    paced.chat(REQUEST)
    assert slept == [60.0]
    assert most_tokens(REQUEST) > 256 + len("hello") // 3


def test_a_stream_passes_through_and_settles_at_its_end(window, slept):
    paced = PacedBackend(ScriptedBackend(["one two"]), 60, window)
    assert list(paced.stream(REQUEST)) == [TextDelta("one"), TextDelta(" two"), End("stop", Usage(1, 2))]
    window.reserve(most_tokens(REQUEST) - 3)
    assert slept == []
    window.reserve(1)
    assert slept == [60.0]


def test_a_stream_that_was_closed_or_failed_goes_on_counting_and_is_closed_below(slept):
    closed = []

    class Inner(ScriptedBackend):
        def _streamed(self, request):
            try:
                yield from super()._streamed(request)
            finally:
                closed.append(True)

    def window_for(count):
        return TokenWindow(count * most_tokens(REQUEST), clock=lambda: float(sum(slept)), sleep=slept.append)

    paced = PacedBackend(Inner(["one two"]), tokens=window_for(2))
    for _ in range(3):
        stream = paced.stream(REQUEST)
        next(stream)
        stream.close()
    assert closed == [True] * 3
    assert slept == [60.0]
    failing = PacedBackend(ScriptedBackend([ModelRequestFailed("no")]), tokens=window_for(1))
    for _ in range(2):
        with pytest.raises(ModelRequestFailed):
            list(failing.stream(REQUEST))
    assert slept == [60.0, 60.0]
