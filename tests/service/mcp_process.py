"""`funsearch mcp` as a process of its own: `python -m tests.service.mcp_process WORK ARGUMENT ...`.

Its bank finds tools without a model, and runs them by bubblewrap, so that what it leaves behind can be seen.
WORK says who works on orders: "none" leaves out the model, "asking"
asks a question and then says that the tool is made.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sandbox.opening
import service.web.opening
import tool_bank.bank
from agent.agent_file import open_record
from agent.request import Outcome, Question, State
from agent.requests.request_store import RequestStore
from language_models import ModelUnavailable
from sandbox import Sandbox
from service.cli import main
from tool_bank.scripted import ScriptedEncoder

QUESTION = Question("q1", "Which alphabet?")


@contextmanager
def asking(directory: Path, **_: Any) -> Iterator[Any]:
    database = open_record(directory)
    store = RequestStore(database)

    def run(id: str) -> None:
        found = store.get(id)
        if found.state is State.NOT_STARTED:
            store.start(id)
        answer = store.answer_to(id, QUESTION)
        if answer is None:
            store.progress(id, "looking for tools")
            store.ask(id, QUESTION)
            return
        print("printed by a library")  # noqa: T201 - must not reach the protocol
        assert found.wish.tool is not None
        store.succeed(id, Outcome(found.wish.tool.name, f"made with {answer}"))

    try:
        yield SimpleNamespace(store=store, run=run)
    finally:
        database.close()


@contextmanager
def none(directory: Path, **_: Any) -> Iterator[Any]:
    raise ModelUnavailable("there is no model")
    yield


def by_bubblewrap(open_sandbox: Callable[..., Sandbox], _: str = "auto", **more: Any) -> Sandbox:
    return open_sandbox("bubblewrap", **more)


if __name__ == "__main__":
    work = sys.argv.pop(1)
    tool_bank.bank.MiniLMEncoder = ScriptedEncoder  # type: ignore[misc,assignment,attr-defined]
    sandbox.opening.open_sandbox = partial(by_bubblewrap, sandbox.opening.open_sandbox)  # type: ignore[assignment]
    service.web.opening.open_worker = {"asking": asking, "none": none}[work]  # type: ignore[assignment]
    main()
