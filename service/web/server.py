"""Serves the application on this machine, until it is told to end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from agent.agent_file import open_record
from agent.means import Allowance
from agent.requests.request_store import RequestStore
from agent.worker import open_worker
from language_models.traces import traces_from
from sandbox import BackendName
from service.errors import UsageError
from service.web.access import Access
from service.web.application import application
from service.web.guard import App, Guard
from service.web.parts import parts_of, sockets_of
from service.web.rate_limit import DEFAULT_PER_MINUTE, RateLimit
from service.web.request_workers import RequestWorkers
from service.web.served import Served
from tool_bank import ToolBank

LOOPBACK = "127.0.0.1"
LARGEST_MESSAGE = 4 << 20  # bytes of one WebSocket message; what is longer ends the connection
GRACE_SECONDS = 5  # for answers under way when the server is told to end


@dataclass(frozen=True)
class Places:
    """Where the things are that a server serves.

    Attributes:
        directory: Of the agent's record.
        bank: Directory of the tool bank.
        runs: Under which the runs are.
    """

    directory: Path
    bank: Path
    runs: Path


@dataclass(frozen=True)
class Work:
    """How requests are worked on.

    Attributes:
        sandbox: Which backend runs plans and tools.
        allowance: What one request may use.
        threads: How many requests at a time; 0: none, for those who only look.
        patience: Seconds that work under way has to come to an end, when the server is told to end.
    """

    sandbox: BackendName
    allowance: Allowance
    threads: int = 1
    patience: float = 10.0


@contextmanager
def open_served(places: Places, work: Work) -> Iterator[Served]:
    """Opens what is served, and has requests worked on meanwhile.

    Raises:
        AgentUnavailable: The record cannot be used.
        BankUnavailable: The bank cannot be used.
    """
    database = open_record(places.directory)
    try:
        with ToolBank.open(places.bank) as bank:
            requests = RequestStore(database)
            workers = RequestWorkers(
                requests,
                lambda: open_worker(
                    places.directory, bank=bank, sandbox=work.sandbox, allowance=work.allowance
                ),
                work.threads,
            )
            traces = traces_from()
            folder = traces.directory if traces else None
            served = Served(places.runs, bank, database, requests, workers, folder)
            workers.start()
            try:
                yield served
            finally:
                workers.stop(work.patience)
    finally:
        database.close()


def guarded(served: Served, access: Access, per_minute: int = DEFAULT_PER_MINUTE) -> App:
    """Returns the whole application behind its guard."""
    app = application(parts_of(served), sockets_of(served))
    return Guard(app, access, RateLimit(per_minute))


def bound(port: int) -> socket.socket:
    """Returns a socket that listens on this machine alone.

    Args:
        port: 0 takes a free one.

    Raises:
        UsageError: The port is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((LOOPBACK, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(
            f"--port {port}: expected a free port of this machine: {error}; 0 takes any free one"
        ) from error
    return listening


def serve(app: App, listening: socket.socket, on_start: Callable[[], None] = lambda: None) -> None:
    """Serves until a signal ends it."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # what people ask for is theirs
        server_header=False,
        ws_max_size=LARGEST_MESSAGE,
        timeout_graceful_shutdown=GRACE_SECONDS,
        lifespan="on",
    )
    on_start()
    uvicorn.Server(config).run(sockets=[listening])
