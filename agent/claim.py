"""Who works on a request: one process at a time, known by a lock that dies with it."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import StepRefused
from programs.utf8_text import digest

FOLDER = "at_work"


@contextmanager
def claimed(directory: Path, request: str) -> Iterator[None]:
    """Holds a request while it is worked on.

    Raises:
        StepRefused: Another process, or another thread of this one, works on it.
    """
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest(request)[:16]}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StepRefused(
                f"request {request}: expected one that nobody works on, found another process at it; "
                "wait for that one, or end it"
            ) from error
        yield
