"""`funsearch request` and `funsearch requests`: files requests and works them off.

Exit status: 0 where a request is fulfilled, 3 where it waits for its user, 1 where it failed or was canceled.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from agent.errors import StepRefused
from agent.request import Request, State
from funsearch.places import DEFAULT_AGENT, DEFAULT_BANK
from service import completion_cli
from service.agent_options_cli import Directory, Minutes, Money, Price, Steps, Tokens, budget_of
from service.errors import UsageError
from service.live import wide_console
from service.options_cli import Backend, backend_of
from service.request_view import (
    answer_in_words,
    card_of,
    cost_in_words,
    event_in_words,
    event_table,
    facts_of,
    printable,
    request_table,
)
from service.tools_cli import AsJson, Bank, print_json

if TYPE_CHECKING:
    from agent.budget import Budget
    from agent.requests.request_store import RequestEvent
    from agent.requests.sides import UserSide
    from agent.worker import Worker

WAITING_STATUS = 3

requests = typer.Typer(
    no_args_is_help=True, help="Shows, answers and continues requests.\n\nExample: funsearch requests list"
)

Id = Annotated[str, typer.Argument(help="Id of a request.", autocompletion=completion_cli.requests)]
Require = Annotated[
    list[str] | None,
    typer.Option(help="What must be true of the result: an expression of `answer`, or words; repeat."),
]
Constrain = Annotated[
    list[str] | None, typer.Option(help="What the work must keep to, such as 'at most 5 steps'; repeat.")
]
Document = Annotated[list[Path] | None, typer.Option(help="A file or folder given for it; repeat.")]
NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Print a question and exit with 3, instead of asking it here.")
]

Server = Annotated[
    str | None,
    typer.Option(
        help="Have `funsearch serve` do it: its address, such as http://127.0.0.1:8765.",
        envvar="FUNSEARCH_SERVER",
    ),
]


def request(  # noqa: PLR0913 - a command has as many options as users need
    objective: Annotated[str, typer.Argument(help="What is to be reached, in words.")],
    require: Require = None,
    constrain: Constrain = None,
    document: Document = None,
    user: Annotated[str, typer.Option(help="Whose preferences count.")] = "user",
    id: Annotated[str | None, typer.Option("--id", help="Filing twice under one id is filing once.")] = None,
    no_wait: NoWait = False,
    steps: Steps = None,
    tokens: Tokens = None,
    minutes: Minutes = None,
    money: Money = None,
    price: Price = None,
    directory: Directory = DEFAULT_AGENT,
    bank: Bank = DEFAULT_BANK,
    sandbox: Backend = "auto",
    server: Server = None,
    as_json: AsJson = False,
) -> None:
    """File a request and work it off with the tool bank, here or at a server.

    Exit status: 0 fulfilled, 3 waiting for an answer, 1 failed.

    Example: funsearch request "How many seconds are 1h30m?" --require "answer > 0"
    """
    fields = {
        "objective": objective, "requirements": require or [], "constraints": constrain or [],
        "documents": _paths(document), "user": user,
    }  # fmt: skip
    asks = not no_wait and can_ask()
    if server is not None:
        from service.served_request import Terminal, file_and_follow

        _refuse_with_server(steps=steps, tokens=tokens, minutes=minutes, money=money, price=price)
        terminal = Terminal(_say, _asked if asks else None)
        _finish(file_and_follow(server, directory, fields, id, terminal), as_json=as_json)
        return
    budget = budget_of(steps, tokens, minutes, money, price)
    with _user_side(directory, is_new=True) as side:
        filed = side.create(fields, id)
    _say(f"filed as {filed.id}")
    with worker_of(directory, bank, sandbox, budget) as worker:
        done = work_off(worker, filed.id, asks=asks)
    _finish(done, as_json=as_json)


@requests.command()
def work(  # noqa: PLR0913 - as `request`
    id: Annotated[str | None, typer.Argument(help="Id of a request; without one, all that are open.")] = None,
    no_wait: NoWait = False,
    steps: Steps = None,
    tokens: Tokens = None,
    minutes: Minutes = None,
    money: Money = None,
    price: Price = None,
    directory: Directory = DEFAULT_AGENT,
    bank: Bank = DEFAULT_BANK,
    sandbox: Backend = "auto",
    as_json: AsJson = False,
) -> None:
    """Go on with a request, or with all that are open, where they were.

    Example: funsearch requests work r1
    """
    with _user_side(directory) as side:
        open_ones = [State.NOT_STARTED, State.IN_PROGRESS]
        ids = [side.get(id).id] if id is not None else [found.id for found in side.all(open_ones)]
    if not ids:
        print_json([]) if as_json else typer.echo("No request is open; `funsearch request` files one.")
        return
    budget = budget_of(steps, tokens, minutes, money, price)
    asks = not no_wait and can_ask()
    with worker_of(directory, bank, sandbox, budget) as worker:
        if id is not None:
            _finish(work_off(worker, id, asks=asks), as_json=as_json)
            return
        done = [_left_or_worked_off(worker, each, asks=asks) for each in ids]
    print_json([facts_of(each) for each in done]) if as_json else wide_console().print(request_table(done))


@requests.command("list")
def list_requests(
    state: Annotated[list[State] | None, typer.Option(help="Only those in this state; repeat.")] = None,
    directory: Directory = DEFAULT_AGENT,
    as_json: AsJson = False,
) -> None:
    """List requests, the newest last.

    Example: funsearch requests list --state WAITING_FEEDBACK
    """
    with _user_side(directory) as side:
        found = side.all(state)
    if as_json:
        print_json([facts_of(each) for each in found])
        return
    wide_console().print(request_table(found) if found else "No such request.")


@requests.command()
def show(id: Id, directory: Directory = DEFAULT_AGENT, as_json: AsJson = False) -> None:
    """Show all of a request, and what happened to it.

    Example: funsearch requests show r1
    """
    with _user_side(directory) as side:
        found, events = side.get(id), side.events(id)
    if as_json:
        print_json({**facts_of(found), "events": [vars(event) for event in events]})
        return
    wide_console().print(card_of(found))
    wide_console().print(event_table(events))


@requests.command()
def answer(
    id: Id,
    text: Annotated[str, typer.Argument(help="The answer.")],
    question: Annotated[str | None, typer.Option(help="Id of the question that is meant.")] = None,
    directory: Directory = DEFAULT_AGENT,
    as_json: AsJson = False,
) -> None:
    """Answer the question that a request waits for; `funsearch requests work` goes on with it.

    Example: funsearch requests answer r1 "The May one."
    """
    with _user_side(directory) as side:
        _tell(side.answer(id, text, question), f"answered; `funsearch requests work {id}` goes on", as_json)


@requests.command()
def cancel(id: Id, directory: Directory = DEFAULT_AGENT, as_json: AsJson = False) -> None:
    """Take a request back.

    Example: funsearch requests cancel r1
    """
    with _user_side(directory) as side:
        _tell(side.cancel(id), "canceled", as_json)


@requests.command()
def update(  # noqa: PLR0913 - as `request`
    id: Id,
    objective: Annotated[str | None, typer.Option(help="What is to be reached, in words.")] = None,
    require: Require = None,
    constrain: Constrain = None,
    document: Document = None,
    directory: Directory = DEFAULT_AGENT,
    as_json: AsJson = False,
) -> None:
    """Change a request that has not ended; what is given takes the place of what was there.

    Example: funsearch requests update r1 --constrain "at most 5 steps"
    """
    given = {
        "objective": objective, "requirements": require, "constraints": constrain,
        "documents": None if document is None else _paths(document),
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        raise UsageError("update: expected --objective, --require, --constrain or --document, found none")
    with _user_side(directory) as side:
        _tell(side.update(id, changes), f"updated: {', '.join(changes)}", as_json)


@contextmanager
def worker_of(directory: Path, bank: Path, sandbox: str, budget: Budget) -> Iterator[Worker]:
    """Opens what requests are worked off with."""
    from agent.means import Allowance
    from agent.worker import open_worker

    allowance = Allowance(budget=budget)
    with open_worker(directory, bank=bank, sandbox=backend_of(sandbox), allowance=allowance) as worker:
        yield worker


def _refuse_with_server(**given: object) -> None:
    names = ", ".join(f"--{name}" for name, value in given.items() if value is not None)
    if names:
        raise UsageError(
            f"{names}: expected at `funsearch serve`, which sets what its requests may use; "
            "leave out, or leave out --server"
        )


def _left_or_worked_off(worker: Worker, id: str, *, asks: bool) -> Request:
    """Returns a request after its work, or as it is where another process works on it."""
    try:
        return work_off(worker, id, asks=asks)
    except StepRefused as held:
        _say(str(held))
        return worker.user.get(id)


def work_off(worker: Worker, id: str, *, asks: bool) -> Request:
    """Returns a request after its work, of which progress is told meanwhile.

    Args:
        worker: Does it.
        id: Of the request.
        asks: Whether its user is there to be asked; else the work ends where it waits.
    """
    end = worker.store.subscribe(_teller(id))
    try:
        while True:
            found = worker.run(id)
            if found.state is not State.WAITING_FEEDBACK or found.question is None or not asks:
                return found
            text = _asked(found.question.text)
            if text is None:
                return found
            worker.user.answer(id, text, found.question.id)
    finally:
        end()


def can_ask() -> bool:
    """Returns whether somebody sits at the terminal."""
    return sys.stdin.isatty()


def _asked(question: str) -> str | None:
    """Returns what is answered at the terminal, None where the user goes away instead."""
    try:
        while True:
            text = typer.prompt(printable(question), prompt_suffix="\n> ", err=True)
            if str(text).strip():
                return str(text)
    except typer.Abort:
        return None


def _teller(id: str) -> Callable[[RequestEvent], None]:
    def tell(event: RequestEvent) -> None:
        if event.request == id:
            _say(f"{event.kind.lower().replace('_', ' ')}: {event_in_words(event)}".rstrip(": "))

    return tell


def _say(line: str) -> None:
    Console(stderr=True, highlight=False).print(f"  {printable(line)}", style="dim", markup=False)


def _finish(done: Request, *, as_json: bool) -> None:
    """Prints what came of a request and ends with its status."""
    if as_json:
        print_json(facts_of(done))
    else:
        _print_end(done)
    if done.state is State.WAITING_FEEDBACK:
        raise typer.Exit(WAITING_STATUS)
    if done.state is not State.SUCCEEDED:
        raise typer.Exit(1)


def _print_end(done: Request) -> None:
    outcome = done.outcome
    if done.state is State.WAITING_FEEDBACK and done.question is not None:
        typer.echo(f"{done.id} asks: {printable(done.question.text)}")
        _say(f"`funsearch requests answer {done.id} TEXT`, then `funsearch requests work {done.id}`")
    elif done.state is State.SUCCEEDED and outcome is not None:
        typer.echo(answer_in_words(outcome))
        _say(f"{outcome.summary} ({cost_in_words(outcome)})".lstrip())
    else:
        why = "" if outcome is None else f": {outcome.summary}"
        typer.echo(printable(f"{done.id} is {done.state}{why}"), err=True)


def _tell(changed: Request, done: str, as_json: bool) -> None:
    print_json(facts_of(changed)) if as_json else typer.echo(f"{changed.id}: {done} ({changed.state})")


def _paths(documents: list[Path] | None) -> list[str]:
    for path in documents or ():
        if not path.exists():
            raise UsageError(f"--document {path}: expected a file or folder, found none")
    return [str(path.resolve()) for path in documents or ()]


@contextmanager
def _user_side(directory: Path, *, is_new: bool = False) -> Iterator[UserSide]:
    """Opens the record; a reading command must not make one by a slip of the path."""
    from agent.requests.request_store import RequestStore
    from agent.requests.sides import UserSide

    with record_of(directory, is_new=is_new) as database:
        yield UserSide(RequestStore(database))


@contextmanager
def record_of(directory: Path, *, is_new: bool = False) -> Iterator[Any]:
    """Opens an agent's record; makes it only where that is meant."""
    from agent.agent_file import FILE, open_record

    if not is_new and not (directory / FILE).exists():
        raise UsageError(
            f"{directory}: expected the directory of an agent's record, found none; `funsearch request` "
            "makes one, --directory names another"
        )
    database = open_record(directory)
    try:
        yield database
    finally:
        database.close()
