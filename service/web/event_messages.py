"""What happened to requests, as the messages that tell of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from agent.request import Outcome, State
from agent.requests.request_ledger import ENDS, RequestLedger
from agent.requests.request_store import RequestEvent
from programs.utf8_text import writable
from service.web.messages import Answered, Asked, EventMessage, Progress, Result, Status, Updated

LONGEST_VALUE = 1 << 20  # characters of JSON; a longer one is to be fetched by HTTP


@dataclass(frozen=True)
class Letter:
    """A message about an event, as it is sent.

    Attributes:
        number: Of the event.
        request: Id of the request.
        is_last: Whether nothing more can happen to the request.
        text: JSON.
    """

    number: int
    request: str
    is_last: bool
    text: str


def letter(event: RequestEvent, ledger: RequestLedger) -> Letter:
    """Returns the message about an event; what came of an ended request is read from the ledger."""
    is_last = event.kind in ENDS
    message = _result(event, ledger.outcome(event.request)) if is_last else _told(event)
    return Letter(event.number, event.request, is_last, text_of(message))


def text_of(message: BaseModel) -> str:
    """Returns a message as JSON; letters that UTF-8 cannot carry become "?"."""
    return writable(json.dumps(message.model_dump(), ensure_ascii=False, allow_nan=False))


def _told(event: RequestEvent) -> EventMessage:
    head: dict[str, Any] = {"request": event.request, "event": event.number, "at": event.at}
    detail = event.detail
    makers: dict[str, Callable[[], EventMessage]] = {
        "created": lambda: Status(**head, state=State.NOT_STARTED),
        "updated": lambda: Updated(**head, wish=detail["wish"]),
        "asked": lambda: Asked(**head, question=detail["id"], text=detail["text"], kind=detail["kind"]),
        "answered": lambda: Answered(**head, question=detail["question"], text=detail["text"]),
        "progress": lambda: Progress(**head, text=detail["text"]),
    }
    make = makers.get(event.kind)
    return Status(**head, state=State(event.kind)) if make is None else make()


def _result(event: RequestEvent, outcome: Outcome | None) -> Result:
    head: dict[str, Any] = {"request": event.request, "event": event.number, "at": event.at}
    state = State(event.kind)
    if outcome is None:
        return Result(**head, state=state)
    told = {name: value for name, value in vars(outcome).items() if name not in ("value", "trace")}
    is_long = len(json.dumps(outcome.value)) > LONGEST_VALUE
    value = None if is_long else outcome.value
    return Result(**head, state=state, value=value, is_value_left_out=is_long, **told)
