"""Asks again where a fault may pass, no sooner than the endpoint allows."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from language_models.backend import ModelError

T = TypeVar("T")

FIRST_PAUSE = 0.5  # seconds; doubled each time
LONGEST_PAUSE = 8.0
LONGEST_WAIT = 120.0  # seconds; an endpoint that asks for more is not waited for


class PassingFault(Exception):
    """A fault that another try may not meet; the failure is what is raised when it meets it again.

    Attributes:
        failure: What to raise in the end.
        wait: Seconds the endpoint asks to wait, where it says so.
    """

    def __init__(self, failure: ModelError, wait: float | None = None) -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.wait = wait


@dataclass(frozen=True)
class Retries:
    """How often, and after how long, a request is made again.

    Attributes:
        count: Repetitions after the first try.
        sleep: Waits so many seconds.
        jitter: A number from 0 to 1, that many callers refused together do not come back together. Its
            randomness is the system's: no result of a run depends on it.
    """

    count: int = 5
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.SystemRandom().random

    def __post_init__(self) -> None:
        if self.count < 0:
            raise ValueError(f"Retries(count={self.count}): expected 0 or more, found {self.count}")

    def run(self, call: Callable[[], T]) -> T:
        """Returns what `call` returns, made again after each `PassingFault`.

        Raises:
            ModelError: The failure of the last try, or of one that asks for too long a wait.
        """
        for tried in range(self.count + 1):
            try:
                return call()
            except PassingFault as caught:
                fault = caught
            if tried == self.count or (fault.wait or 0) > LONGEST_WAIT:
                break
            self.sleep(self._pause(tried, fault.wait))
        tries = f" (tried {tried + 1} times)" if tried else ""
        raise type(fault.failure)(f"{fault.failure}{tries}")  # outside `except`: its context may quote a key

    def _pause(self, tried: int, wait: float | None) -> float:
        if wait is not None:
            return wait
        pause: float = min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE)
        return pause * (1 - self.jitter() / 4)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Returns the seconds that a reply's headers ask to wait, which say it in three ways, or None."""
    try:
        return _finite(float(headers["retry-after-ms"]) / 1000)
    except (KeyError, ValueError):
        pass
    said = headers.get("retry-after", "")
    try:
        return _finite(float(said))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(said)
    except ValueError:
        return None
    if date.tzinfo is None:  # "-0000": an unknown zone, which is UTC in HTTP
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - (now or datetime.now(UTC))).total_seconds())


def _finite(seconds: float) -> float | None:
    return seconds if 0 <= seconds < float("inf") else None
