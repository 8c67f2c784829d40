"""A server with the chat API alone, and workers that do what a test tells them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from openai import OpenAI

from agent.agent_file import open_record
from agent.request import Outcome, Question, State
from agent.requests.request_store import RequestStore
from service.web.access import Access
from service.web.application import application
from service.web.completions_api import CompletionsApi
from service.web.guard import Guard
from service.web.rate_limit import RateLimit
from service.web.request_workers import RequestWorkers
from service.web.served import Served
from service.web.server import bound, server_of
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder

TOKEN = "a-token-of-the-tests"
PATIENCE = 20.0

Run = Callable[[RequestStore, str], None]


@dataclass(frozen=True)
class ChatServer:
    """A server that runs."""

    address: str
    store: RequestStore
    client: OpenAI

    def objectives(self) -> list[str]:
        """What was asked for, the oldest first."""
        return [request.wish.objective for request in self.store.all()]


@contextmanager
def chatting(
    folder: Path, run: Run, *, threads: int = 1, seconds: float = 600.0, open_worker: Any = None
) -> Iterator[ChatServer]:
    """Serves a record; `run` is what a worker does with a request."""
    database = open_record(folder / "agent")
    with ToolBank.open(folder / "bank", encoder=ScriptedEncoder()) as bank:
        store = RequestStore(database)
        workers = RequestWorkers(store, open_worker or (lambda: _worker(store, run)), threads)
        served = Served(folder / "runs", bank, database, store, workers, None, seconds)
        workers.start()
        with _serving(served) as address:
            client = OpenAI(base_url=f"{address}/v1", api_key=TOKEN, timeout=PATIENCE, max_retries=0)
            with client:
                yield ChatServer(address, store, client)
        if threads:
            workers.stop()
    database.close()


@contextmanager
def _worker(store: RequestStore, run: Run) -> Iterator[Any]:
    def one(id: str) -> None:
        if store.get(id).state is State.NOT_STARTED:
            store.start(id)
        run(store, id)

    yield SimpleNamespace(store=store, run=one)


@contextmanager
def _serving(served: Served) -> Iterator[str]:
    listening = bound(0)
    app = application([CompletionsApi(served)], {})
    server = server_of(Guard(app, Access(TOKEN), RateLimit()))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server does not end"


def echoing(store: RequestStore, id: str) -> None:
    """Answers with the first line of the objective."""
    store.progress(id, "looking for tools")
    store.progress(id, "plan 1")
    answer = store.get(id).wish.objective.splitlines()[0].upper()
    store.succeed(id, Outcome(answer, f"answer: {answer}", tokens=150))


def asking(*texts: str) -> Run:
    """Asks questions, one after the other, and answers with what was said to them."""

    def run(store: RequestStore, id: str) -> None:
        answers = []
        for number, text in enumerate(texts):
            question = Question(f"q{number}", text)
            answer = store.answer_to(id, question)
            if answer is None:
                store.ask(id, question)
                return
            answers.append(answer)
        store.succeed(id, Outcome(answers, "asked", tokens=30))

    return run
