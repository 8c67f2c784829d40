from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.agent_file import open_record
from sandbox import Sandbox, open_sandbox
from tool_bank.database import Database, now


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with open_sandbox("auto", packages=()) as opened:
        yield opened


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_record(tmp_path / "agent")
    yield opened
    opened.close()


@pytest.fixture
def request_id(database: Database) -> str:
    """A request on file, for operations that belong to one."""
    with database.transaction():
        database.write(
            "INSERT INTO requests (id, wish, state, created, changed) VALUES (?, ?, ?, ?, ?)",
            ("r1", "{}", "IN_PROGRESS", now(), now()),
        )
    return "r1"
