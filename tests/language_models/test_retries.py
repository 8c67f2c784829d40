"""How often and after how long a request is made again; faults at an endpoint are in test_endpoint_faults.py."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from language_models import ModelUnavailable, RateLimited
from language_models.retries import LONGEST_PAUSE, LONGEST_WAIT, PassingFault, Retries, retry_after


def failing(times: int, wait: float | None = None) -> Callable[[], str]:
    """Returns a call that fails so often before it succeeds."""
    left = iter([True] * times)

    def call() -> str:
        if next(left, False):
            raise PassingFault(RateLimited("busy"), wait)
        return "done"

    return call


def test_pauses_double_up_to_a_longest_and_are_shortened_by_chance() -> None:
    slept: list[float] = []
    assert Retries(7, sleep=slept.append, jitter=lambda: 0.0).run(failing(7)) == "done"
    assert slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    slept.clear()
    Retries(1, sleep=slept.append, jitter=lambda: 1.0).run(failing(1))
    assert slept == [0.375]
    slept.clear()
    Retries(1, sleep=slept.append).run(failing(1))
    assert 0.375 <= slept[0] <= 0.5


def test_the_last_failure_says_how_often_it_was_tried_and_quotes_nothing() -> None:
    with pytest.raises(RateLimited, match=r"^busy \(tried 3 times\)$") as caught:
        Retries(2, sleep=lambda _: None).run(failing(3))
    assert caught.value.__context__ is caught.value.__cause__ is None
    with pytest.raises(RateLimited, match=r"^busy$"):
        Retries(0).run(failing(1))


@pytest.mark.parametrize(("wait", "tries"), [(LONGEST_WAIT, 2), (LONGEST_WAIT + 1, 1)])
def test_only_a_wait_of_minutes_is_waited(wait: float, tries: int) -> None:
    slept: list[float] = []
    with pytest.raises(RateLimited):
        Retries(1, sleep=slept.append).run(failing(2, wait))
    assert slept == [wait] * (tries - 1)
    assert LONGEST_PAUSE < LONGEST_WAIT


def test_other_errors_pass_at_once() -> None:
    def gone() -> str:
        raise ModelUnavailable("gone")

    with pytest.raises(ModelUnavailable, match=r"^gone$"):
        Retries(5, sleep=lambda _: pytest.fail("it slept")).run(gone)


def test_fewer_than_no_retries_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Retries\(count=-1\): expected 0 or more"):
        Retries(-1)


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "9"}, 9.0),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2026 12:00:30 -0000"}, 30.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "-7"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Thu, 99 Jan 2026 12:00:30 GMT"}, None),
        ({"retry-after": ""}, None),
        ({}, None),
    ],
)
def test_the_wait_that_is_asked_for_is_read_in_each_of_its_forms(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, NOW) == seconds
