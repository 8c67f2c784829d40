"""Who works on a request: one process at a time, known by a lock that dies with it."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.errors import StepRefused

FOLDER = "at_work"


@contextmanager
def claimed(directory: Path, request: str) -> Iterator[None]:
    """Holds a request while it is worked on.

    Raises:
        StepRefused: Another process, or another thread of this one, works on it.
    """
    folder = directory / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(request.encode('utf-8', 'replace')).hexdigest()[:16]}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StepRefused(f"request {request}: another process works on it already") from error
        yield
