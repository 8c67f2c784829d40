"""Deadlines, in monotonic seconds."""

from __future__ import annotations

import time


def seconds_left(deadline: float) -> float:
    """Returns the seconds until `deadline`; raises TimeoutError when it has passed."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("no answer in time")
    return seconds
