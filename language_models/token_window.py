"""Tokens used within the last minute, held under a rate."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MINUTE = 60.0


@dataclass
class Reservation:
    """Tokens that one request may use, and later those that it used; `at` is when it was made (monotonic)."""

    at: float
    tokens: int


class TokenWindow:
    """Lets requests pass while the last minute's tokens stay within a rate; safe for several threads.

    A request reserves what it may use at most before it is sent, since nobody knows before the reply what
    it will use, and settles for what it used: the rate holds, and a short reply frees the rest.

    Args:
        tokens_per_minute: Most tokens in any 60 seconds.
        clock: Seconds that only grow.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        tokens_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        if tokens_per_minute < 1:
            raise ValueError(f"TokenWindow(tokens_per_minute={tokens_per_minute}): expected 1 or more")
        self.tokens_per_minute = tokens_per_minute
        self._clock = clock
        self._turn = threading.Lock()  # small requests must not overtake a large one for ever
        self._freed = threading.Condition()
        self._sleep = sleep or self._wait
        self._reserved: deque[Reservation] = deque()

    def reserve(self, tokens: int) -> Reservation:
        """Waits until so many tokens are free and takes them; a request beyond the rate takes all of it."""
        wanted = min(tokens, self.tokens_per_minute)
        with self._turn, self._freed:
            while (pause := self._pause(wanted)) > 0:
                self._sleep(pause)
            reservation = Reservation(self._clock(), wanted)
            self._reserved.append(reservation)
            return reservation

    def settle(self, reservation: Reservation, used: int) -> None:
        """Counts what was used instead of what was reserved."""
        with self._freed:
            reservation.tokens = used
            self._freed.notify_all()

    def _pause(self, wanted: int) -> float:
        """Returns the seconds until so many tokens are free, as far as is known now."""
        now = self._clock()
        while self._reserved and self._reserved[0].at + MINUTE <= now:
            self._reserved.popleft()
        excess = sum(reservation.tokens for reservation in self._reserved) + wanted - self.tokens_per_minute
        for reservation in self._reserved:
            if excess <= 0:
                break
            excess -= reservation.tokens
            if excess <= 0:
                return reservation.at + MINUTE - now
        return 0.0

    def _wait(self, seconds: float) -> None:
        """Waits so long, or until a request settles for less."""
        self._freed.wait(seconds)
