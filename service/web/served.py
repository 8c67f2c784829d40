"""What the server serves, opened once and handed to each of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.requests.request_store import RequestStore
    from service.web.request_workers import RequestWorkers
    from tool_bank import ToolBank
    from tool_bank.database import Database


@dataclass(frozen=True)
class Served:
    """What the server serves.

    Attributes:
        runs: Directory under which the runs are.
        bank: The tool bank.
        database: The agent's record: requests, conversations, what is known of users.
        requests: The requests in it; its listeners hear what users do by this server.
        workers: Those who work on the requests; their listeners hear of the work.
        traces: Directory of the exchanges with models; None where none are kept.
        answer_seconds: Longest time that one call of the chat API waits for its answer.
    """

    runs: Path
    bank: ToolBank
    database: Database
    requests: RequestStore
    workers: RequestWorkers
    traces: Path | None
    answer_seconds: float = 600.0
