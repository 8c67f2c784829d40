"""Requests by HTTP.

    GET   /api/requests?state=OPEN&limit=50&offset=0       RequestPage: the newest first
    POST  /api/requests  {objective, ..., id?}             RequestCard, 201
    GET   /api/requests/{request}?after=0                  RequestCard with the events after a number
    PATCH /api/requests/{request}  {objective?, ...}       RequestCard
    POST  /api/requests/{request}/answer {text, question?} RequestCard
    POST  /api/requests/{request}/cancel                   RequestCard
    GET   /api/requests/{request}/trace                    RequestTrace: the plan and the steps to the answer

The fields of a request are {objective, requirements?, constraints?, documents?, user?, tool?}; creating twice
under one `id` is creating once. `state` is one of the states, OPEN (all that have not ended) or ENDED.

A `RequestCard` is {id, objective, state, created, changed, wish, question, outcome, events, last_event,
has_more}: `wish` holds the fields above, `question` {id, text, kind} or null, `outcome` {value, summary,
tools, created, tokens, seconds} or null, `events` [{number, at, kind, detail}], at most 200 of them: ask
again with after=last_event while `has_more`.

A step that the state of a request does not allow is 409, what cannot be worked on 422, an unknown one 404.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from agent.request import ENDED, Request, State
from agent.requests.request_ledger import EVENTS_AT_ONCE, RequestLedger
from agent.requests.request_store import RequestEvent
from agent.requests.sides import UserSide
from programs.utf8_text import writable
from service.web.route import Route
from service.web.served import Served
from service.web.wish_fields import (
    AnswerText,
    QuestionId,
    RequestId,
    Strict,
    WishChanges,
    WishFields,
)

Number = Annotated[int, Field(ge=0, le=1 << 53)]
Limit = Annotated[int, Field(ge=1, le=200)]
Filter = Literal[
    "NOT_STARTED", "IN_PROGRESS", "WAITING_FEEDBACK", "SUCCEEDED", "FAILED", "CANCELED", "OPEN", "ENDED"
]


class NewRequest(WishFields):
    """A request to be filed; under an `id` that the caller gives, filing twice is filing once."""

    id: RequestId | None = None


class NewAnswer(Strict):
    """An answer to the question that a request waits for."""

    text: AnswerText
    question: QuestionId | None = None


class QuestionBody(BaseModel):
    """What a request waits for; its kind is "information" or "consent"."""

    id: str
    text: str
    kind: str


class OutcomeBody(BaseModel):
    """What came of a request."""

    value: Any
    summary: str
    tools: list[str]
    created: list[str]
    tokens: int
    seconds: float


class EventBody(BaseModel):
    """Something that happened to a request; its kind is "created", "updated", "asked", "answered", "progress"
    or the state that it went into.
    """

    number: int
    at: str
    kind: str
    detail: dict[str, Any]


class RequestLine(BaseModel):
    """A request in a list."""

    id: str
    objective: str
    state: State
    created: str
    changed: str


class RequestPage(BaseModel):
    """Some requests, the newest first, and how many there are."""

    requests: list[RequestLine]
    total: int


class ToolBody(BaseModel):
    """A tool that is to be made."""

    name: str
    description: str
    examples: list[str]
    signature: str | None


class WishBody(BaseModel):
    """What is wanted."""

    objective: str
    requirements: list[str]
    constraints: list[str]
    documents: list[str]
    user: str
    tool: ToolBody | None


class RequestCard(RequestLine):
    """All of a request but its trace."""

    wish: WishBody
    question: QuestionBody | None
    outcome: OutcomeBody | None
    events: list[EventBody]
    last_event: int
    has_more: bool


class TraceEntryBody(BaseModel):
    """One step: a value that the plan's "code", a "tool", a "model" or the "user" gave."""

    kind: str
    line: int
    name: str
    arguments: dict[str, Any]
    value: Any
    error: str


class RequestTrace(BaseModel):
    """How an answer came about: the plan that fulfilled the request (if one did), and its steps."""

    request: str
    plan: str | None
    trace: list[TraceEntryBody]


class RequestsApi:
    """Answers what users do with requests."""

    def __init__(self, served: Served) -> None:
        self._user = UserSide(served.requests)
        self._ledger = RequestLedger(served.database)

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        one = "/api/requests/{request}"
        return (
            Route("GET", "/api/requests", self.page, RequestPage),
            Route("POST", "/api/requests", self.create, RequestCard, 201),
            Route("GET", one, self.show, RequestCard),
            Route("PATCH", one, self.update, RequestCard),
            Route("POST", f"{one}/answer", self.answer, RequestCard),
            Route("POST", f"{one}/cancel", self.cancel, RequestCard),
            Route("GET", f"{one}/trace", self.trace, RequestTrace),
        )

    def page(self, state: Filter | None = None, limit: Limit = 50, offset: Number = 0) -> RequestPage:
        """Returns some requests, the newest first."""
        states = _states(state)
        found = [self._user.get(id) for id in self._ledger.page(states, limit, offset)]
        return RequestPage(
            requests=[RequestLine(**_line(one)) for one in found], total=self._ledger.count(states)
        )

    def create(self, body: NewRequest) -> RequestCard:
        """Files a request; filing twice under one id is filing once."""
        return self._card(self._user.create(body.fields(), body.id))

    def show(self, request: str, after: Number = 0) -> RequestCard:
        """Returns a request, and what happened to it after an event."""
        return self._card(self._user.get(request), after)

    def update(self, request: str, body: WishChanges) -> RequestCard:
        """Changes what is wanted, of a request that has not ended."""
        return self._card(self._user.update(request, body.changes()))

    def answer(self, request: str, body: NewAnswer) -> RequestCard:
        """Answers the question that a request waits for."""
        return self._card(self._user.answer(request, body.text, body.question))

    def cancel(self, request: str) -> RequestCard:
        """Takes a request back."""
        return self._card(self._user.cancel(request))

    def trace(self, request: str) -> RequestTrace:
        """Returns how the answer of a request came about; nothing yet where it has not ended."""
        outcome = self._user.get(request).outcome
        entries = [] if outcome is None else [TraceEntryBody(**_sent(entry)) for entry in outcome.trace]
        return RequestTrace(request=request, plan=self._ledger.plan(request), trace=entries)

    def _card(self, request: Request, after: int = 0) -> RequestCard:
        events = self._ledger.events([request.id], after, most=EVENTS_AT_ONCE + 1)
        shown = events[:EVENTS_AT_ONCE]
        return RequestCard(
            **_line(request),
            wish=WishBody(**asdict(request.wish)),
            question=None if request.question is None else QuestionBody(**_sent(vars(request.question))),
            outcome=None if request.outcome is None else OutcomeBody(**_sent(vars(request.outcome))),
            events=[_event(event) for event in shown],
            last_event=shown[-1].number if shown else after,
            has_more=len(events) > len(shown),
        )


def _states(state: Filter | None) -> list[State]:
    if state is None:
        return list(State)
    if state in ("OPEN", "ENDED"):
        return [one for one in State if (one in ENDED) == (state == "ENDED")]
    return [State(state)]


def _line(request: Request) -> dict[str, Any]:
    return {
        "id": request.id, "objective": request.wish.objective, "state": request.state,
        "created": request.created, "changed": request.changed,
    }  # fmt: skip


def _sent(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns fields as JSON carries them; letters that UTF-8 cannot carry become "?"."""
    found: dict[str, Any] = json.loads(writable(json.dumps(dict(fields), ensure_ascii=False)))
    return found


def _event(event: RequestEvent) -> EventBody:
    return EventBody(number=event.number, at=event.at, kind=event.kind, detail=_sent(event.detail))
