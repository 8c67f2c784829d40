"""The agent for chat front ends: OpenAI's chat completions, streamed or whole.

    POST /v1/chat/completions      the user's last message becomes a request; its answer is the reply
    GET  /v1/models                one model, "funsearch-agent"
    GET  /v1/models/{model}

Earlier turns go along as quoted context. While a stream waits, progress goes out as `reasoning_content`. A
request that asks something has its question as the reply, and the next call of the same conversation answers
it. A call that takes too long is told so, and any next message of the conversation asks again. Who goes away
in mid answer leaves the request on file: it goes on, and the same call sent again finds it. Settings of
sampling have no effect; those by which the answer would have to be another are refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from agent.errors import RequestRefused, StepRefused
from agent.request import Request, State
from agent.requests.request_ledger import RequestLedger
from agent.requests.request_store import RequestEvent
from service.request_view import answer_in_words, event_in_words
from service.web.chat_requests import ChatRequests, Taken, notice
from service.web.chat_watch import ChatWatch, is_over
from service.web.chat_wire import (
    ALIVE,
    DONE,
    MODEL,
    ChatCall,
    ChatRefused,
    Said,
    Writer,
    json_reply,
    read_call,
    unknown_model,
)
from service.web.route import Reply, Route
from service.web.served import Served

ALIVE_SECONDS = 10.0  # between signs of life in a stream


class CompletionsApi:
    """Answers chat front ends."""

    def __init__(self, served: Served) -> None:
        self._store = served.requests
        self._requests = ChatRequests(served.requests, RequestLedger(served.database))
        self._watch = ChatWatch(served.requests, served.workers)
        self._seconds = served.answer_seconds
        self._model = {"id": MODEL, "object": "model", "created": int(time.time()), "owned_by": "funsearch"}

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to; OpenAI describes it."""
        return (
            Route("POST", "/v1/chat/completions", self.complete, is_described=False),
            Route("GET", "/v1/models", self.models, is_described=False),
            Route("GET", "/v1/models/{model}", self.model, is_described=False),
        )

    def models(self) -> Reply:
        """Lists the one model."""
        return json_reply({"object": "list", "data": [self._model]})

    def model(self, model: str) -> Reply:
        """Tells of the one model."""
        return json_reply(self._model) if model == MODEL else unknown_model(model).reply()

    async def complete(self, body: dict[str, Any]) -> Reply:
        """Answers a conversation."""
        patience = self._watch.patience()
        try:
            call = read_call(body)
            taken = await asyncio.to_thread(self._requests.taken, call.conversation)
        except ChatRefused as refused:
            return refused.reply()
        except (RequestRefused, StepRefused) as error:
            return ChatRefused(str(error), "messages").reply()
        writer = Writer(f"chatcmpl-{taken.id}")
        news = self._watch.follow(taken.id, taken.after, self._seconds, patience)
        if call.streams:
            headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
            return Reply(self._stream(call, taken, news, writer), "text/event-stream", headers=headers)
        async for _ in news:
            pass
        return writer.whole(await self._said(taken))

    async def _stream(
        self, call: ChatCall, taken: Taken, news: AsyncIterator[list[RequestEvent]], writer: Writer
    ) -> AsyncIterator[bytes]:
        """Yields the answer piece by piece."""
        yield writer.piece({"role": "assistant", "content": ""})
        spoken = time.monotonic()
        async for events in news:
            for text in [event_in_words(event) for event in events if event.kind == "progress"]:
                yield writer.piece({"reasoning_content": f"{text}\n"})
                spoken = time.monotonic()
            if time.monotonic() - spoken >= ALIVE_SECONDS:
                yield ALIVE
                spoken = time.monotonic()
        said = await self._said(taken)
        yield writer.piece({"content": said.content})
        yield writer.piece({}, "stop")
        if call.tells_usage:
            yield writer.usage(said)
        yield DONE

    async def _said(self, taken: Taken) -> Said:
        found = await asyncio.to_thread(self._store.get, taken.id)
        return said_of(found) if is_over(found) else Said(notice(taken.id, self._watch.fault))


def said_of(found: Request) -> Said:
    """Returns what the assistant says of a request that has ended or asks."""
    if found.question is not None:
        return Said(found.question.text)
    outcome = found.outcome
    if outcome is None:
        return Said("This request was canceled.")
    if found.state is State.SUCCEEDED:
        return Said(answer_in_words(outcome), outcome.tokens)
    return Said(f"I could not do this: {outcome.summary or 'no reason is known'}", outcome.tokens)
