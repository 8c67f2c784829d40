"""The seam to durable work: what was looked up once for a request is kept, so that its work can be rerun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from agent.request import Json


class Keeping(Protocol):
    """Keeps what was done, as `agent.operations.Operations` does."""

    def once(self, kind: str, body: Json, do: Callable[[], Json]) -> Json:
        """Returns what `do` gave in this or an earlier life of the request."""


class NothingKept:
    """Keeps nothing: for work that is never rerun."""

    def once(self, kind: str, body: Json, do: Callable[[], Json]) -> Json:
        """Returns what `do` gives now."""
        return do()
