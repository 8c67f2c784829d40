"""Sends what a chat asks: in the surest form that the backend can give, and fitted to the model's context."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from language_models.asking import Attempt, Task
from language_models.backend import ChatRequest, ContextOverflow, FormUnsupported
from language_models.conversation import Conversation
from language_models.exchange import Exchange, purpose, recorded
from language_models.parser import Form
from language_models.window import Window
from language_models.wording import corrected, worded

R = TypeVar("R")
Send = Callable[[ChatRequest], R]

SHRINKINGS = 2  # how often a conversation is shortened further because the backend says that it does not fit
SHRUNK = 0.7
SEEDS = 2**32


@dataclass(frozen=True)
class Manner:
    """How a chat samples.

    Attributes:
        max_tokens: Longest reply.
        temperature: 0 is greedy.
        stop: Texts that end a reply.
        seed: Of the first attempt; the next ones have the next seeds. None lets the backend choose.
    """

    max_tokens: int = 1024
    temperature: float = 0.0
    stop: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True)
class Sent(Generic[R]):
    """What a request gave.

    Attributes:
        result: As the backend gave it.
        exchange: Its record; None where nobody records.
    """

    result: R
    exchange: Exchange | None


class Sender:
    """Makes requests of tasks and sends them to a backend.

    Args:
        manner: How to sample.
        window: The model's context; None leaves it to the backend to refuse what does not fit.
        purpose: What the requests are for, as their record says.
    """

    def __init__(self, manner: Manner, window: Window | None, purpose: str) -> None:
        self._manner = manner
        self._window = window
        self._purpose = purpose
        self._unsupported: set[str] = set()  # forms that the backend cannot give

    def send(self, task: Task[Any], failed: Sequence[Attempt], send: Send[R]) -> Sent[R]:
        """Returns what comes of a task, of which some attempts have failed; raises as the backend does."""
        *surer, last = task.forms
        for form in surer:
            mark = json.dumps([dict(form.schema or {}), [tool.as_dict() for tool in form.tools]])
            if mark in self._unsupported:
                continue
            try:
                return self._send_form(task, form, failed, send)
            except FormUnsupported:
                self._unsupported.add(mark)
        return self._send_form(task, last, failed, send)

    def fitted(self, conversation: Conversation, form: Form, window: Window | None = None) -> Conversation:
        """Returns the conversation as it fits the model beside a form; raises `ContextOverflow`."""
        window = window or self._window
        if window is None:
            return conversation
        tools = [tool.as_dict() for tool in form.tools]
        beside = form.words + (json.dumps(tools, ensure_ascii=False) if tools else "")
        return window.fitted(conversation, self._manner.max_tokens, beside)

    def _send_form(self, task: Task[Any], form: Form, failed: Sequence[Attempt], send: Send[R]) -> Sent[R]:
        """Returns what comes of a request; a conversation that the backend finds too long is shortened."""
        asked = task.conversation
        if failed:
            asked = corrected(asked, failed[-1].reply, failed[-1].error)
        window = self._window
        for _ in range(SHRINKINGS if window else 0):
            try:
                return self._recorded(
                    send, self._request(form, self.fitted(asked, form, window), task, failed)
                )
            except ContextOverflow:
                window = window and dataclasses.replace(window, tokens=int(window.tokens * SHRUNK))
        return self._recorded(send, self._request(form, self.fitted(asked, form, window), task, failed))

    def _recorded(self, send: Send[R], request: ChatRequest) -> Sent[R]:
        with purpose(self._purpose), recorded() as exchanges:
            result = send(request)
        return Sent(result, exchanges[-1] if exchanges else None)

    def _request(
        self, form: Form, conversation: Conversation, task: Task[Any], failed: Sequence[Attempt]
    ) -> ChatRequest:
        manner = self._manner
        return ChatRequest(
            messages=worded(conversation.messages, form, has_tools=bool(task.tools)),
            tools=form.tools,
            tool_choice=form.tool_choice,
            schema=form.schema,
            max_tokens=manner.max_tokens,
            temperature=manner.temperature,
            stop=manner.stop,
            seed=None if manner.seed is None else (manner.seed + len(failed)) % SEEDS,
        )
