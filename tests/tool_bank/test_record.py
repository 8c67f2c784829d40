from __future__ import annotations

import sqlite3
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tests.tool_bank.examples import DURATION, PACK, SLUG, tool
from tool_bank import SERVED, BankUnavailable, ToolNotFound
from tool_bank.record import Record
from tool_bank.record_schema import APPLICATION_ID, statements


def test_a_tool_comes_back_as_it_went_in(record: Record) -> None:
    record.add([PACK, DURATION])
    assert record.get("pack_bins") == PACK
    assert record.names() == ["pack_bins", "parse_duration"]


def test_adding_the_same_again_changes_nothing(record: Record) -> None:
    record.add([DURATION])
    clock = record.clock()
    record.add([DURATION])
    assert record.clock() == clock
    assert len(record.history("parse_duration")) == 1


def test_a_second_version_becomes_current_and_history_keeps_both(record: Record) -> None:
    better = tool(description="Turns '1h30m' into seconds, days too.")
    record.add([DURATION])
    record.add([better])
    assert record.get("parse_duration") == better
    first, second = record.history("parse_duration")
    assert (first.tool.version, first.is_current, first.tool.status) == (DURATION.version, False, "retired")
    assert (second.tool, second.is_current) == (better, True)


def test_adding_an_old_version_makes_it_current_again_and_the_events_tell(record: Record) -> None:
    better = tool(description="Better.")
    for version in (DURATION, better, DURATION):
        record.add([version])
    assert record.get("parse_duration") == DURATION
    kinds = [(event.kind, event.version) for event in record.events("parse_duration")]
    assert kinds == [
        ("added", DURATION.version),
        ("added", better.version),
        ("made current", DURATION.version),
    ]


def test_a_retired_tool_is_kept_with_its_reason_and_is_no_longer_served(record: Record) -> None:
    record.add([DURATION, SLUG])
    record.set_status("parse_duration", "retired", "a better one exists")
    assert record.get("parse_duration").status == "retired"
    assert record.current(SERVED).keys() == {SLUG.version}
    assert record.events("parse_duration")[-1].detail == {"why": "a better one exists"}
    record.add([DURATION])
    assert record.current(SERVED).keys() == {SLUG.version, DURATION.version}


def test_only_provisional_and_active_tools_are_served(record: Record) -> None:
    statuses = ("candidate", "provisional", "active", "shadow", "retired", "quarantined")
    record.add([tool(f"tool_{status}", status=status) for status in statuses])
    served = record.tools(record.current(SERVED).keys()).values()
    assert {made.name for made in served} == {"tool_provisional", "tool_active"}


def test_an_unknown_name_is_named(record: Record) -> None:
    for ask in (record.get, record.history, lambda name: record.set_status(name, "retired", "")):
        with pytest.raises(ToolNotFound, match="no tool is named 'nobody'"):
            ask("nobody")
    assert record.events("nobody") == []


def test_many_are_stored_all_or_none(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(SLUG), "body", lambda made: None if made.name == "make_slug" else "{}")
    with pytest.raises(BankUnavailable, match="NOT NULL"):
        record.add([DURATION, SLUG])
    assert record.names() == []


def test_versions_and_events_cannot_be_changed_even_by_hand(record: Record, tmp_path: Path) -> None:
    record.add([DURATION])
    with sqlite3.connect(tmp_path / "bank.sqlite") as database:
        for statement in ("UPDATE versions SET body = ''", "DELETE FROM versions", "DELETE FROM events"):
            with pytest.raises(sqlite3.IntegrityError, match="immutable"):
                database.execute(statement)
    database.close()


def test_vectors_are_kept_by_model(record: Record) -> None:
    record.add([DURATION, SLUG])
    vector = np.arange(384, dtype=np.float32)
    record.put_vectors("m1", {DURATION.version: vector})
    record.put_vectors("m2", {SLUG.version: vector})
    record.put_vectors("m1", {DURATION.version: -vector})  # as when its example queries have changed
    found = record.vectors("m1", [DURATION.version, SLUG.version])
    assert found.keys() == {DURATION.version}
    np.testing.assert_array_equal(found[DURATION.version], -vector)
    assert record.vectors("m2", [DURATION.version]) == {}


def test_more_versions_than_one_statement_takes_are_found(record: Record) -> None:
    tools = [tool(f"t{number}") for number in range(1100)]
    record.add(tools)
    assert len(record.tools(made.version for made in tools)) == 1100


def test_what_was_added_is_there_after_a_kill(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.tool_bank.examples import DURATION\n"
        "from tool_bank.record import Record\n"
        "Record(Path(sys.argv[1])).add([DURATION]); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "bank.sqlite")]
    assert subprocess.run(command, timeout=60).returncode == -9
    reopened = Record(tmp_path / "bank.sqlite")
    assert reopened.get("parse_duration") == DURATION
    reopened.close()


def test_processes_may_open_a_new_record_and_write_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from tests.tool_bank.examples import tool\n"
        "from tool_bank.record import Record\n"
        "record = Record(Path(sys.argv[1]))\n"
        "for number in range(20): record.add([tool(f't{sys.argv[2]}_{number}')])\n"
        "record.close()\n"
    )
    path = tmp_path / "bank.sqlite"
    processes = [subprocess.Popen([sys.executable, "-c", code, str(path), str(n)]) for n in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    record = Record(path)
    assert len(record.names()) == 60
    assert record.clock() == 60
    record.close()


@pytest.mark.parametrize("content", [b"not a database at all, but text " * 100, bytes(4096)])
def test_a_file_that_is_no_database_is_named_with_the_mend(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bank.sqlite"
    path.write_bytes(content)
    with pytest.raises(
        BankUnavailable, match=r"bank\.sqlite: SQLite says: .*; the file is damaged: put a copy"
    ):
        Record(path)
    assert path.read_bytes() == content


def test_a_damaged_page_is_named_with_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    record = Record(path)
    record.add([tool(f"t{number}") for number in range(50)])
    record.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(BankUnavailable, match="the file is damaged"):
        Record(path).names()


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE theirs (x)")
    database.close()
    with pytest.raises(BankUnavailable, match="expected a tool bank, found another program's SQLite file"):
        Record(path)


def test_a_record_of_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    Record(path).close()
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(BankUnavailable, match=r"expected a record of schema 2 or older, found 99; .* update"):
        Record(path)


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        BankUnavailable, match=r"nowhere/bank\.sqlite: SQLite says: unable to open .*; check that"
    ):
        Record(tmp_path / "nowhere" / "bank.sqlite")


def test_a_record_of_the_first_schema_is_brought_to_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "bank.sqlite"
    with sqlite3.connect(path) as old:
        for statement in islice(statements(0), 6 + 4):
            old.execute(statement)
        old.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        old.execute("PRAGMA user_version = 1")
        old.execute(
            "INSERT INTO versions VALUES (?, ?, ?, '')", (DURATION.version, DURATION.name, DURATION.body())
        )
        old.execute("INSERT INTO current VALUES (?, ?, 'active')", (DURATION.name, DURATION.version))
    old.close()
    record = Record(path)
    assert record.get("parse_duration") == DURATION
    record.add_queries("parse_duration", ["how many seconds are 2h?"], "request")
    assert record.queries("parse_duration") == ["how many seconds are 2h?"]
    record.close()


def test_a_query_that_is_heard_twice_is_kept_once_and_changes_the_clock_once(record: Record) -> None:
    record.add([DURATION, SLUG])
    before = record.clock()
    record.add_queries("parse_duration", ["2h in seconds", "2h in seconds"], "request")
    record.add_queries("parse_duration", ["2h in seconds"], "user")
    assert record.queries("parse_duration") == ["2h in seconds"]
    assert record.clock() == before + 1
    assert record.changed_since(before) == {"parse_duration"}
    assert record.changed_since(before + 1) == set()
