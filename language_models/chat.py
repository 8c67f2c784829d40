"""Asks a model for a value, and again where the reply has not the form asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, overload

from language_models.asking import Answer, Attempt, ChatFailed, Task, spent
from language_models.backend import ChatBackend, ChatRequest, Completions, Delta
from language_models.call_parser import with_calls
from language_models.chat_stream import StreamedReply, begun
from language_models.conversation import Conversation
from language_models.parser import ParseError, Parser, TextParser
from language_models.sending import Manner, Sender, Sent
from language_models.window import Window

T = TypeVar("T")

ATTEMPTS = 3


class Chat:
    """Asks one model; keeps no conversation itself, so that many may go on at once.

    Args:
        backend: Who replies.
        manner: How to sample.
        window: The model's context; None leaves it to the backend to refuse what does not fit.
        purpose: What the requests are for, as their record says.
    """

    def __init__(
        self,
        backend: ChatBackend,
        manner: Manner | None = None,
        *,
        window: Window | None = None,
        purpose: str = "chat",
    ) -> None:
        self._backend = backend
        self._sender = Sender(manner or Manner(), window, purpose)

    def __repr__(self) -> str:
        return f"Chat({self._backend.name})"

    @overload
    def ask(self, conversation: Conversation, *, attempts: int = ATTEMPTS) -> Answer[str]: ...

    @overload
    def ask(
        self, conversation: Conversation, parser: Parser[T], *, attempts: int = ATTEMPTS
    ) -> Answer[T]: ...

    def ask(
        self, conversation: Conversation, parser: Parser[Any] | None = None, *, attempts: int = ATTEMPTS
    ) -> Answer[Any]:
        """Returns the value that the parser makes of a reply; without a parser, its text.

        A reply of the wrong form is shown to the model with what is wrong, and asked for again. Where the
        backend cannot hold a reply to the form, the next form that the parser reads is asked for.

        Raises:
            ChatFailed: No attempt gave a value.
            ContextOverflow: The conversation does not fit, however compacted.
            ModelError: The backend failed otherwise.
            ValueError: `attempts` is less than 1.
        """
        task: Task[Any] = Task(conversation, parser or TextParser(), attempts)
        failed: list[Attempt] = []
        while True:
            ended = self._ended(task, failed, self._sender.send(task, failed, self._backend.chat))
            if isinstance(ended, Answer):
                return ended
            failed.append(ended)

    @overload
    def stream(self, conversation: Conversation, *, attempts: int = 1) -> StreamedReply[str]: ...

    @overload
    def stream(
        self, conversation: Conversation, parser: Parser[T], *, attempts: int = 1
    ) -> StreamedReply[T]: ...

    def stream(
        self, conversation: Conversation, parser: Parser[Any] | None = None, *, attempts: int = 1
    ) -> StreamedReply[Any]:
        """Returns a reply that is used while it arrives; nothing is sent before it is read.

        Args:
            conversation: What was said so far.
            parser: Makes the value of the whole reply; without one, its text.
            attempts: How often to ask; what came of a reply of the wrong form is void (`AskedAgain`).

        Raises:
            ValueError: `attempts` is less than 1. Reading the reply raises what `ask` raises.
        """
        task: Task[Any] = Task(conversation, parser or TextParser(), attempts)

        def send(failed: Sequence[Attempt]) -> Sent[Iterator[Delta]]:
            return self._sender.send(task, failed, self._begun)

        def end(failed: Sequence[Attempt], sent: Sent[Completions]) -> Answer[Any] | Attempt:
            return self._ended(task, failed, sent)

        return StreamedReply(send, end, task)

    def _begun(self, request: ChatRequest) -> Iterator[Delta]:
        return begun(self._backend, request)

    def _ended(
        self, task: Task[Any], failed: Sequence[Attempt], sent: Sent[Completions]
    ) -> Answer[Any] | Attempt:
        """Returns the answer, or an attempt that failed; raises `ChatFailed` when it was the last."""
        reply, usage = sent.result.choices[0], sent.result.usage
        try:
            reply = with_calls(reply, task.tools) if task.tools else reply
            value = task.parser.parse(reply)
        except ParseError as error:
            if sent.exchange is not None:
                sent.exchange.outcome(accepted=False, note=str(error))
            attempt = Attempt(reply, error, usage, sent.exchange)
            if len(failed) + 1 == task.attempts:
                raise ChatFailed(self._backend.name, (*failed, attempt)) from error
            return attempt
        said = self._sender.fitted(task.conversation, task.forms[0]).with_assistant(reply)
        return Answer(value, said, spent(failed) + usage, len(failed) + 1, sent.exchange)
