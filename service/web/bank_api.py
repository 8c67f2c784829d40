"""The tool bank by HTTP: search, cards, versions and their differences, steps in a tool's life, and calls.

Reading changes nothing in the bank's ledger; a call is written there as that of any other caller.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MaxLen
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from language_models import ModelUnavailable
from programs.json_form import json_form
from sandbox import Limits
from service.web.bank_views import (
    Difference,
    ToolCard,
    ToolHistory,
    ToolLine,
    ToolMatch,
    ToolPage,
    card_of,
    difference,
    history_of,
    line_of,
)
from service.web.problems import Missing, Refused
from service.web.route import Route
from service.web.served import Served
from tool_bank import Tool
from tool_bank.errors import ToolCallFailed, ToolCallRefused, ToolNotCallable
from tool_bank.tool import Status

LONGEST_QUERY = 2_000  # characters
MOST_MATCHES = 50
MOST_LINES = 200
CALLS_AT_ONCE = 4  # by this server; each is a process
RESULT_BYTES = 1 << 20

Offset = Annotated[int, Ge(0), Le(10_000_000)]
Limit = Annotated[int, Ge(1), Le(MOST_LINES)]
Version = Annotated[str, MaxLen(64)]


class Why(BaseModel):
    """Why a step is taken; the record keeps it."""

    model_config = ConfigDict(extra="forbid")

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ToolCallOrder(BaseModel):
    """A call.

    Attributes:
        arguments: By name.
        seconds: The longest that it may take; the sandbox's own limit where nothing is said.
        request: What it is called for; the ledger keeps it.
    """

    model_config = ConfigDict(extra="forbid")

    arguments: dict[str, JsonValue] = {}
    seconds: float | None = Field(default=None, gt=0, le=60)
    request: str = Field(default="", max_length=1_000)


class ToolCallResult(BaseModel):
    """What came of a call; a tool's own failure is a result, too.

    Attributes:
        outcome: "returned", or whose doing it is that nothing was: the arguments' ("refused"), the tool's
            ("failed"), or its state's ("not_served").
        value: What the tool returned.
        error: Why it returned nothing; "" where it did.
        seconds: How long it took.
    """

    outcome: Literal["returned", "refused", "failed", "not_served"]
    value: Any
    error: str
    seconds: float


class BankApi:
    """Answers what is in the bank."""

    def __init__(self, served: Served) -> None:
        self._bank = served.bank
        self._calls = threading.BoundedSemaphore(CALLS_AT_ONCE)

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        one = "/api/tools/{name}"
        return (
            Route("GET", "/api/tools", self.tools, ToolPage),
            Route("GET", "/api/tool-search", self.search, list[ToolMatch]),
            Route("GET", one, self.tool, ToolCard),
            Route("GET", f"{one}/history", self.history, ToolHistory),
            Route("GET", f"{one}/difference", self.difference, Difference),
            Route("POST", f"{one}/rollback", self.rollback, ToolLine),
            Route("POST", f"{one}/retire", self.retire, ToolLine),
            Route("POST", f"{one}/release", self.release, ToolLine),
            Route("POST", f"{one}/calls", self.call, ToolCallResult),
        )

    def tools(self, status: Status | None = None, offset: Offset = 0, limit: Limit = 50) -> ToolPage:
        """Lists the tools in order of their names, a page at a time."""
        statuses = self._bank.statuses()
        names = [name for name, found in statuses.items() if status in (None, found)]
        return ToolPage(
            tools=[line_of(self._bank.get(name)) for name in names[offset : offset + limit]],
            total=len(names),
            offset=offset,
            counts=dict(Counter(statuses.values())),
        )

    def search(
        self,
        q: Annotated[str, MaxLen(LONGEST_QUERY)],
        k: Annotated[int, Ge(1), Le(MOST_MATCHES)] = 10,
    ) -> list[ToolMatch]:
        """Finds served tools by what they do, the best first."""
        if not q.strip():
            raise Refused("q: expected words that say what a tool should do, found blanks")
        try:
            matches = self._bank.search(q, k)
        except ModelUnavailable as error:
            raise Refused(f"search: {error}", 503) from error
        return [ToolMatch(score=match.score, tool=line_of(match.tool)) for match in matches]

    def tool(self, name: str) -> ToolCard:
        """Tells all that is known of a tool; of hidden tests only how many there are."""
        return card_of(self._bank, name)

    def history(self, name: str) -> ToolHistory:
        """Lists every version of a tool, and what happened to it."""
        return history_of(self._bank.history(name), self._bank.events(name))

    def difference(self, name: str, before: Version, after: Version) -> Difference:
        """Tells what changed from one version of a tool to another."""
        return difference(self._version(name, before), self._version(name, after))

    def rollback(self, name: str, body: Why) -> ToolLine:
        """Brings back the version that was in service before the current one."""
        return line_of(self._bank.rollback(name, body.why))

    def retire(self, name: str, body: Why) -> ToolLine:
        """Takes a tool out of search and service; it is kept."""
        self._bank.retire(name, body.why)
        return line_of(self._bank.get(name))

    def release(self, name: str, body: Why) -> ToolLine:
        """Brings a tool back from quarantine."""
        return line_of(self._bank.release(name, body.why))

    def call(self, name: str, body: ToolCallOrder) -> ToolCallResult:
        """Calls a tool in the sandbox."""
        self._bank.get(name)  # what is not there is no call
        if not self._calls.acquire(blocking=False):
            raise Refused(f"calls: expected at most {CALLS_AT_ONCE} at a time; wait for one to end", 429)
        try:
            return self._called(name, body)
        finally:
            self._calls.release()

    def _called(self, name: str, order: ToolCallOrder) -> ToolCallResult:
        limits = None if order.seconds is None else Limits(wall_seconds=order.seconds)
        started = time.monotonic()

        def ended(outcome: str, value: object = None, error: str = "") -> ToolCallResult:
            seconds = round(time.monotonic() - started, 4)
            return ToolCallResult.model_validate(
                {"outcome": outcome, "value": value, "error": error, "seconds": seconds}
            )

        try:
            value = self._bank.call(name, order.arguments, limits=limits, request=order.request)
        except ToolCallRefused as error:
            return ended("refused", error=str(error))
        except ToolNotCallable as error:
            return ended("not_served", error=str(error))
        except ToolCallFailed as error:
            return ended("failed", error=str(error))
        plain = json_form(value, strict=True)
        size = len(json.dumps(plain))
        if size > RESULT_BYTES:
            return ended("returned", error=f"too long to be sent: {size:,} bytes of JSON")
        return ended("returned", plain)

    def _version(self, name: str, version: str) -> Tool:
        """Returns a version by its name or the beginning of it."""
        found = [
            stored.tool for stored in self._bank.history(name) if stored.tool.version.startswith(version)
        ]
        if len(found) != 1 or not version:
            raise Missing(
                f"{name}: expected one of its versions, found {len(found)} that begin {version[:64]!r}"
            )
        return found[0]
