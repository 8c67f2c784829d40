"""Opens what a server serves: the agent's record, the tool bank, and those who work on requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.agent_file import open_record
from agent.means import Allowance
from agent.requests.request_store import RequestStore
from agent.worker import open_worker
from language_models.traces import traces_from
from sandbox import BackendName
from service.web.request_workers import RequestWorkers
from service.web.served import Served
from tool_bank import ToolBank


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
