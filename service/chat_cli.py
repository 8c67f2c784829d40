"""`funsearch chat` and `funsearch memory`: talks about requests, and shows what is remembered of users."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.request import State
from funsearch.places import DEFAULT_AGENT, DEFAULT_BANK
from service.agent_options_cli import Directory
from service.errors import UsageError
from service.live import wide_console
from service.options_cli import Backend, backend_of
from service.request_cli import can_ask, record_of, work_off
from service.request_view import answer_in_words, fact_table, facts_of, printable
from service.tools_cli import AsJson, Bank, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from agent.chatting.chatbot import Chatbot, Piece
    from agent.request import Request
    from agent.worker import Worker
    from language_models import ChatBackend

LONGEST_REPLY = 600  # tokens

memory = typer.Typer(
    no_args_is_help=True,
    help="Shows and changes what is remembered of users.\n\nExample: funsearch memory list",
)

User = Annotated[str, typer.Option(help="Who the user is.")]


def chat(  # noqa: PLR0913 - a command has as many options as users need
    conversation: Annotated[
        str | None, typer.Option(help="Id of a conversation to go on with; without one, a new one.")
    ] = None,
    user: User = "user",
    no_work: Annotated[
        bool, typer.Option("--no-work", help="File requests without working them off.")
    ] = False,
    directory: Directory = DEFAULT_AGENT,
    bank: Bank = DEFAULT_BANK,
    sandbox: Backend = "auto",
    as_json: AsJson = False,
) -> None:
    """Talk until there is a request, which is then worked off; every line read is a message.

    With --json each message gives one line of JSON.

    Example: funsearch chat --user ann --conversation c1
    """
    from agent.worker import CONTEXT_TOKENS
    from funsearch.samplers import chat_backend

    place = conversation or f"c{uuid.uuid4().hex[:8]}"
    with ExitStack() as stack:
        backend = stack.enter_context(chat_backend(CONTEXT_TOKENS))
        bot = _bot(backend, stack.enter_context(record_of(directory, is_new=True)))
        workshop = _Workshop(stack, directory, bank, sandbox, backend)
        for text in _messages():
            turn = _Turn(as_json)
            for piece in bot.reply(place, text, user):
                turn.take(piece)
            if turn.filed is not None and not no_work:
                turn.done(work_off(workshop.worker, turn.filed.id, asks=can_ask()))
            turn.end(place)


class _Workshop:
    """Opens the worker when the first request is filed: until then nobody waits for it."""

    def __init__(
        self, stack: ExitStack, directory: Path, bank: Path, sandbox: str, backend: ChatBackend
    ) -> None:
        self._stack = stack
        self._place = (directory, bank, sandbox)
        self._backend = backend
        self._worker: Worker | None = None

    @property
    def worker(self) -> Worker:
        """The worker."""
        from agent.worker import open_worker

        if self._worker is None:
            directory, bank, sandbox = self._place
            opened = open_worker(directory, bank=bank, sandbox=backend_of(sandbox), backend=self._backend)
            self._worker = self._stack.enter_context(opened)
        return self._worker


class _Turn:
    """Shows what a message gave, as it comes or as one line of JSON."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._said: list[str] = []
        self._learned: list[str] = []
        self._problem: str | None = None
        self.filed: Request | None = None

    def take(self, piece: Piece) -> None:
        """Takes the next piece."""
        from agent.chatting.chatbot import FactLearned, NotComposed, RequestFiled

        match piece:
            case str():
                self._said.append(piece)
                self._show(printable(piece), nl=False)
            case FactLearned():
                self._learned.append(piece.fact.text)
                self._show(f"\n  remembered: {printable(piece.fact.text)}", nl=False)
            case RequestFiled():
                self.filed = piece.request
                done = "filed" if piece.is_new else "updated"
                self._show(f"\n  {done} as {piece.request.id}", nl=False)
            case NotComposed():
                self._problem = piece.why
                self._show(f"\n  no request could be made of this: {printable(piece.why)}", nl=False)

    def done(self, request: Request) -> None:
        """Takes what came of the request."""
        self.filed = request
        outcome = request.outcome
        if request.state is State.SUCCEEDED and outcome is not None:
            self._show(f"\n{answer_in_words(outcome)}", nl=False)
        else:
            why = "" if outcome is None else f": {printable(outcome.summary)}"
            self._show(f"\n  {request.id} is {request.state}{why}", nl=False)

    def end(self, conversation: str) -> None:
        """Ends the turn."""
        self._show("")
        if self._as_json:
            print_json(
                {
                    "conversation": conversation,
                    "said": "".join(self._said),
                    "remembered": self._learned,
                    "request": None if self.filed is None else facts_of(self.filed),
                    "problem": self._problem,
                }
            )

    def _show(self, text: str, *, nl: bool = True) -> None:
        if not self._as_json:
            typer.echo(text, nl=nl)
            sys.stdout.flush()


@memory.command("list")
def list_facts(
    user: Annotated[str | None, typer.Option(help="Of whom; without one, of everybody.")] = None,
    directory: Directory = DEFAULT_AGENT,
    as_json: AsJson = False,
) -> None:
    """List what is remembered, and what it was learned from.

    Example: funsearch memory list --user ann
    """
    with record_of(directory) as database:
        store = _memory(database)
        found = [fact for name in ([user] if user else store.users()) for fact in store.of(name)]
    if as_json:
        print_json([asdict(fact) for fact in found])
        return
    wide_console().print(fact_table(found) if found else "Nothing is remembered.")


@memory.command()
def edit(
    id: Annotated[int, typer.Argument(help="Number of a fact.")],
    text: Annotated[str, typer.Argument(help="What is right.")],
    directory: Directory = DEFAULT_AGENT,
    as_json: AsJson = False,
) -> None:
    """Put right what is remembered.

    Example: funsearch memory edit 3 "prefers metric units"
    """
    with record_of(directory) as database:
        fact = _memory(database).edit(id, text)
    print_json(asdict(fact)) if as_json else typer.echo(f"{fact.id}: {printable(fact.text)}")


@memory.command()
def delete(
    id: Annotated[int | None, typer.Argument(help="Number of a fact.")] = None,
    all_of: Annotated[str | None, typer.Option(help="Forget all of this user instead.")] = None,
    directory: Directory = DEFAULT_AGENT,
    as_json: AsJson = False,
) -> None:
    """Forget a fact, or all of a user.

    Example: funsearch memory delete --all-of ann
    """
    if (id is None) == (all_of is None):
        raise UsageError("delete: expected the number of a fact, or --all-of USER")
    with record_of(directory) as database:
        store, count = _memory(database), 1
        if all_of is not None:
            count = store.forget(all_of)
        elif id is not None:
            store.delete(id)
    print_json({"forgotten": count}) if as_json else typer.echo(f"forgotten: {count}")


def _bot(backend: ChatBackend, database: Any) -> Chatbot:  # noqa: ANN401 - the record, opened lazily
    from agent.chatting.chatbot import Chatbot
    from agent.chatting.conversations import Conversations
    from agent.requests.request_store import RequestStore
    from agent.requests.sides import UserSide
    from language_models import Chat, Manner

    model = Chat(backend, Manner(max_tokens=LONGEST_REPLY), purpose="conversation")
    return Chatbot(model, UserSide(RequestStore(database)), _memory(database), Conversations(database))


def _memory(database: Any) -> Any:  # noqa: ANN401 - as above
    from agent.chatting.user_memory import UserMemory

    return UserMemory(database)


def _messages() -> Iterator[str]:
    """Yields what the user says, line by line, until the end of the input."""
    while True:
        if sys.stdin.isatty():
            typer.echo("> ", nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip():
            yield line.strip()
