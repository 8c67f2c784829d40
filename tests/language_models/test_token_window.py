"""A window over a minute's tokens, by a clock that stands still unless somebody sleeps."""

from __future__ import annotations

import threading

import pytest

from language_models.token_window import TokenWindow


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(clock: Clock) -> TokenWindow:
    return TokenWindow(100, clock=clock, sleep=clock.sleep)


def test_requests_within_the_rate_wait_for_nothing(clock: Clock, window: TokenWindow) -> None:
    window.reserve(60)
    window.reserve(40)
    assert clock.slept == []


def test_a_request_beyond_the_rate_waits_until_enough_has_left_the_minute(
    clock: Clock, window: TokenWindow
) -> None:
    window.reserve(60)
    clock.now += 10
    window.reserve(40)
    clock.now += 5
    window.reserve(50)  # the first leaves a minute after it came
    assert clock.slept == [45.0]
    window.reserve(50)
    assert clock.slept == [45.0, 10.0]


def test_what_was_not_used_is_free_at_once_and_what_was_used_more_is_counted(
    clock: Clock, window: TokenWindow
) -> None:
    window.settle(window.reserve(100), 10)
    window.settle(window.reserve(90), 300)
    assert clock.slept == []
    window.reserve(1)
    assert clock.slept == [60.0]


def test_a_request_larger_than_the_rate_passes_alone(clock: Clock, window: TokenWindow) -> None:
    window.reserve(1)
    window.reserve(10_000)
    assert clock.slept == [60.0]
    window.reserve(1)
    assert clock.slept == [60.0, 60.0]


def test_in_no_minute_are_there_more_tokens_than_the_rate(clock: Clock, window: TokenWindow) -> None:
    taken = []
    for number in range(200):
        tokens = 1 + (number * 37) % 60
        window.reserve(tokens)
        taken.append((clock.now, tokens))
        clock.now += number % 7
    for start, _ in taken:
        assert sum(tokens for at, tokens in taken if start <= at < start + 60) <= 100
    assert clock.slept  # the rate was felt


def test_one_who_waits_goes_on_as_soon_as_another_settles() -> None:
    window = TokenWindow(100)
    first = window.reserve(100)
    passed = threading.Event()
    waiting = threading.Thread(target=lambda: (window.reserve(50), passed.set()), daemon=True)
    waiting.start()
    assert not passed.wait(0.05)
    window.settle(first, 10)
    assert passed.wait(10)
    waiting.join(10)


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"TokenWindow\(tokens_per_minute=0\): expected 1 or more"):
        TokenWindow(0)
