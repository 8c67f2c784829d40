"""A request that is filed at a server and followed to its end, for somebody at a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.request import ENDED, Outcome, Question, Request, State
from agent.requests.request_form import wish_of
from service.client import RefusedByServer, RequestClient
from service.web.messages import Answered, Asked, EventMessage, Progress, Result, Status, Updated

PATIENCE = 300.0  # seconds without a server, before the user is told


@dataclass(frozen=True)
class Terminal:
    """Who sits before it.

    Attributes:
        tell: Shows a line.
        ask: Returns the answer to a question, None where the user goes away; None: there is nobody.
    """

    tell: Callable[[str], None]
    ask: Callable[[str], str | None] | None


def file_and_follow(
    server: str, directory: Path, fields: Mapping[str, Any], id: str | None, terminal: Terminal
) -> Request:
    """Returns a request when it has ended, or waits for an answer that nobody gives.

    Args:
        server: Address of the server.
        directory: Of the record that it serves, where its token is.
        fields: What is wanted.
        id: Of the request; None: one is made.
        terminal: Is told of the progress, and asked.

    Raises:
        RequestRefused: It cannot be worked on.
        service.client.ServerUnavailable: There is no server, or it has gone for too long.
        service.client.RefusedByServer: The server does not take the request.
    """
    wish = wish_of(fields)

    async def follow() -> Request:
        async with RequestClient(server, directory=directory, patience=PATIENCE) as client:
            request = await client.create(**fields, request=id)
            terminal.tell(f"filed as {request} at {server}")
            filed = Request(request, wish, State.NOT_STARTED, None, None, "", "")
            return await _followed(client, filed, terminal)

    return asyncio.run(follow())


async def _followed(client: RequestClient, request: Request, terminal: Terminal) -> Request:
    for event in await client.so_far(request.id):  # more than one where it was filed before
        request = _after(request, event, terminal)
    watching = client.watch(request.id)
    while request.state not in ENDED:
        if request.state is State.WAITING_FEEDBACK and request.question is not None:
            if not await _answered(client, request, terminal):
                break
            request = replace(request, question=None)
        request = _after(request, await anext(watching), terminal)
    return request


async def _answered(client: RequestClient, request: Request, terminal: Terminal) -> bool:
    """Returns whether the open question is, or was, answered."""
    assert request.question is not None
    text = None if terminal.ask is None else await asyncio.to_thread(terminal.ask, request.question.text)
    if text is None:
        return False
    try:
        await client.answer(request.id, text, request.question.id)
    except RefusedByServer as refused:  # somebody else has answered, or taken the request back
        terminal.tell(str(refused))
    return True


def _after(request: Request, event: EventMessage, terminal: Terminal) -> Request:
    """Returns the request as it is after an event, of which the terminal is told."""
    terminal.tell(_in_words(event))
    request = replace(request, created=request.created or event.at, changed=event.at)
    if isinstance(event, Asked):
        question = Question(
            event.question, event.text, "consent" if event.kind == "consent" else "information"
        )
        return replace(request, question=question)
    if isinstance(event, Answered):
        return replace(request, question=None)
    if isinstance(event, Updated):
        return replace(request, wish=wish_of(event.wish))
    if isinstance(event, Result):
        return replace(request, state=event.state, question=None, outcome=_outcome(event))
    return replace(request, state=event.state) if isinstance(event, Status) else request


def _outcome(result: Result) -> Outcome:
    tools, created = tuple(result.tools), tuple(result.created)
    return Outcome(result.value, result.summary, (), tools, created, result.tokens, result.seconds)


def _in_words(event: EventMessage) -> str:
    if isinstance(event, Status | Result):
        return str(event.state.value).lower().replace("_", " ")
    if isinstance(event, Progress | Answered | Asked):
        kind = "asked" if isinstance(event, Asked) else event.type
        return f"{kind}: {event.text}"
    return "updated"
