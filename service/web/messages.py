"""The request socket: one WebSocket at /api/socket, whose text messages are JSON objects with a `type`.

**Client to server.** Every message has an `id` that its client makes (a UUID: no two messages share one, of
whatever clients). It is answered by `accepted`, `subscribed` or `error`, whose `reply_to` is that id. Whoever
has not seen the answer, because the connection or the server ended, sends the same message under the same id
again: it is done once, and answered the same (`is_repeated`), for 30 days. Another message under the same id
is refused; a refused one has done nothing, and is judged anew when it comes again.

- `create`: files a request (under the id `request`, or a new one) and subscribes to it from its beginning.
- `update`: changes the fields that are given; `answer`: answers the open question; `cancel`: takes it back.
- `subscribe`: to some `requests`, or to all (null). First comes what happened after the event `after` (a
  number, or one for each request; 0: from the beginning; left out: nothing), then `subscribed`, then what
  happens from there on.

**Server to client.** `status`, `question`, `answered`, `updated`, `progress` and `result` each tell one event
of one `request`. The numbers `event` grow; those of one request come in order, each once, and after its
`result` nothing comes. To resume on a new connection: send again what was not answered, and subscribe with
the numbers of the last events that came. Types of messages that a client does not know are to be passed over.

What cannot be read or done is answered by `error`, and the connection goes on. Over the server's limits it
closes: 1009 for a message of several MiB, 1013 where there are too many connections.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, Field, TypeAdapter

from agent.request import State
from service.web.problems import Problem
from service.web.wish_fields import AnswerText, QuestionId, RequestId, Strict, WishChanges, WishFields

MOST_NAMED = 1_000  # requests in one message
EventNumber = Annotated[int, Field(ge=0, le=1 << 53)]
MessageId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$", description="Names the message; its sender makes it."
    ),
]


class Create(WishFields):
    """Files a request."""

    type: Literal["create"]
    id: MessageId
    request: RequestId | None = None


class Update(WishChanges):
    """Changes some fields of a request that has not ended."""

    type: Literal["update"]
    id: MessageId
    request: RequestId


class Answer(Strict):
    """Answers the question that a request waits for."""

    type: Literal["answer"]
    id: MessageId
    request: RequestId
    text: AnswerText
    question: QuestionId | None = None


class Cancel(Strict):
    """Takes a request back."""

    type: Literal["cancel"]
    id: MessageId
    request: RequestId


class Subscribe(Strict):
    """Has the server tell what happens to requests."""

    type: Literal["subscribe"]
    id: MessageId
    requests: Annotated[list[RequestId], Field(max_length=MOST_NAMED)] | None = None
    after: EventNumber | Annotated[dict[RequestId, EventNumber], Field(max_length=MOST_NAMED)] | None = None


class Accepted(BaseModel):
    """A message was taken: `state` is that of the request when it was."""

    type: Literal["accepted"] = "accepted"
    reply_to: str
    request: str
    state: State
    is_repeated: bool = False


class Subscribed(BaseModel):
    """What was wanted has come up to the event `up_to`; `states` are those of the requests by name."""

    type: Literal["subscribed"] = "subscribed"
    reply_to: str
    requests: list[str] | None
    up_to: int
    states: dict[str, State]


class Failure(BaseModel):
    """A message could not be read or done; `reply_to` and `request` are null where it did not say them."""

    type: Literal["error"] = "error"
    reply_to: str | None
    request: str | None
    error: Problem


class Event(BaseModel):
    """Something that happened to a request."""

    request: str
    event: int
    at: str


class Status(Event):
    """A request was filed, or went into another state in which it has not ended."""

    type: Literal["status"] = "status"
    state: State


class Asked(Event):
    """A request waits for an answer; its kind is "information" or "consent"."""

    type: Literal["question"] = "question"
    question: str
    text: str
    kind: str


class Answered(Event):
    """A question was answered."""

    type: Literal["answered"] = "answered"
    question: str
    text: str


class Updated(Event):
    """What is wanted was changed; these are all its fields."""

    type: Literal["updated"] = "updated"
    wish: dict[str, Any]


class Progress(Event):
    """Something of the work, in words."""

    type: Literal["progress"] = "progress"
    text: str


class Result(Event):
    """A request has ended; `value` is null where it is too long for a message (`is_value_left_out`)."""

    type: Literal["result"] = "result"
    state: State
    value: Any = None
    is_value_left_out: bool = False
    summary: str = ""
    tools: list[str] = []
    created: list[str] = []
    tokens: int = 0
    seconds: float = 0.0


ClientMessage: TypeAlias = Annotated[
    Create | Update | Answer | Cancel | Subscribe, Field(discriminator="type")
]
EventMessage: TypeAlias = Status | Asked | Answered | Updated | Progress | Result
ServerMessage: TypeAlias = Annotated[
    Accepted | Subscribed | Failure | Status | Asked | Answered | Updated | Progress | Result,
    Field(discriminator="type"),
]
FROM_CLIENT: TypeAdapter[Create | Update | Answer | Cancel | Subscribe] = TypeAdapter(ClientMessage)
FROM_SERVER: TypeAdapter[Accepted | Subscribed | Failure | EventMessage] = TypeAdapter(ServerMessage)


def schemas() -> Mapping[str, Any]:
    """Returns the JSON schemas of what a client sends and of what it is sent."""
    return {
        "description": __doc__,
        "client": FROM_CLIENT.json_schema(),
        "server": FROM_SERVER.json_schema(mode="serialization"),
    }
