"""Whether the server works, for programs that watch over it and for the page."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from service.web.route import Route
from service.web.served import Served


class Health(BaseModel):
    """How the server is.

    Attributes:
        ok: Whether requests are worked on.
        fault: Why they are not, in words; "" where they are.
    """

    ok: bool
    fault: str


class HealthApi:
    """Answers how the server is."""

    def __init__(self, served: Served) -> None:
        self._served = served

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        return (Route("GET", "/api/health", self.health, Health),)

    def health(self) -> Health:
        """Tells whether requests are worked on."""
        fault = self._served.workers.fault
        return Health(ok=not fault, fault=fault)
