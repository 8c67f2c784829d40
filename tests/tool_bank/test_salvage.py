"""A damaged record says what to do, and gives up what can still be read."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.tool_bank.examples import tool
from tool_bank import BankUnavailable, ToolTest
from tool_bank.bank_file import ROWS, lines_of, read_file, write_file
from tool_bank.database import Database
from tool_bank.record import Record
from tool_bank.record_merge import merge
from tool_bank.salvage import LEFT_OUT, salvage
from tool_bank.tool_tests import TestRecord

PAGE = 4096
TOOLS = 60


def fill(path: Path) -> None:
    """Makes a record with something in every table, in many pages, some of them free."""
    record = Record(path)
    tests = TestRecord(record.database)
    for number in range(TOOLS):
        made = tool(f"tool_{number}", f"Does the {number}th thing. " + "Long words. " * (number * 9))
        record.add([made])
        tests.add(made.version, [ToolTest({"text": "x" * n}, n, "example") for n in range(3)])
        record.add_queries(made.name, [f"the {number}th thing, please"], "request")
        record.put_schema(made.version, '{"type": "object"}')
        record.put_vectors("m", {made.version: np.full(384, number, np.float32)})
    for number in range(0, TOOLS, 3):
        record.set_status(f"tool_{number}", "retired", "every third")
        record.add([tool(f"tool_{number + 1}", "A second version.")])
    with record.database.transaction():
        record.database.write("INSERT INTO aliases VALUES ('other', 'tool_1', '{}', '{}', 'the same', 'now')")
        for number in range(200):
            row = ("now", f"request {number}", "tool_1", made.version, "returned", "", 0.25)
            record.database.write(
                "INSERT INTO uses (at, request, name, version, outcome, error, seconds) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
    record.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "bank.sqlite"
    fill(path)
    return path


@pytest.fixture
def damaged(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(whole, tmp_path / "bank.sqlite"))


def exported(path: Path, into: Path) -> list[object]:
    with closing(Database(path)) as database, database.snapshot():
        write_file(into, lines_of(database, vectors=False))
    return [row for row in read_file(into) if row.table != "schemas"]


def spoil(path: Path, first: int, count: int, content: bytes = b"\xff") -> None:
    with path.open("r+b") as stream:
        stream.seek(first)
        stream.write((content * count)[:count])


def pages_of(path: Path, name: str) -> list[int]:
    """Returns the pages of a table or index that hold its content, by the size of its tree."""
    with closing(sqlite3.connect(path)) as database:
        ((root,),) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,))
    content = path.read_bytes()
    return sorted(_below(content, root))


def _below(content: bytes, page: int) -> list[int]:
    start = (page - 1) * PAGE
    if content[start] not in (2, 5):
        return [page]
    count = int.from_bytes(content[start + 3 : start + 5])
    cells = [int.from_bytes(content[at : at + 2]) for at in range(start + 12, start + 12 + 2 * count, 2)]
    children = [int.from_bytes(content[start + cell : start + cell + 4]) for cell in cells]
    last = int.from_bytes(content[start + 8 : start + 12])
    return [leaf for child in [*children, last] for leaf in _below(content, child)]


def test_a_healthy_record_is_read_from_its_pages_as_by_sqlite(whole: Path, tmp_path: Path) -> None:
    result = salvage(whole, tmp_path / "saved")
    assert read_file(tmp_path / "saved") == exported(whole, tmp_path / "exported")
    assert (result.lost, result.lost_tools, result.in_doubt) == ({}, (), ())
    assert result.read["versions"] == TOOLS + TOOLS // 3
    assert result.read["uses"] == 200


def test_what_is_only_in_the_log_is_read_too(tmp_path: Path) -> None:
    record = Record(tmp_path / "bank.sqlite")
    record.add([tool(f"tool_{number}") for number in range(40)])
    shutil.copy(tmp_path / "bank.sqlite", tmp_path / "alone.sqlite")
    assert salvage(tmp_path / "alone.sqlite", tmp_path / "nothing").read == {}
    result = salvage(tmp_path / "bank.sqlite", tmp_path / "saved")
    record.close()
    assert result.read == {"versions": 40, "events": 40, "current": 40}


def test_salvage_knows_every_table(whole: Path) -> None:
    with closing(sqlite3.connect(whole)) as database:
        found = {n for (n,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert found == {row.table for row in ROWS.values()} | {"sqlite_sequence"}
    assert set(ROWS) > LEFT_OUT


HEADERS: dict[str, Callable[[Path], None]] = {
    "header": lambda path: spoil(path, 0, 100),
    "page size": lambda path: spoil(path, 16, 2),
    "first page": lambda path: spoil(path, 0, PAGE),
    "first page, of zeros": lambda path: spoil(path, 0, PAGE, b"\0"),
}


@pytest.mark.parametrize("what", HEADERS)
def test_without_its_first_page_nothing_of_a_record_is_lost(what: str, damaged: Path, tmp_path: Path) -> None:
    before = exported(damaged, tmp_path / "exported")
    HEADERS[what](damaged)
    with pytest.raises(BankUnavailable, match=r"bank\.sqlite: .* tools export SAVED.jsonl --salvage --bank"):
        Record(damaged)
    salvage(damaged, tmp_path / "saved")
    assert read_file(tmp_path / "saved") == before


@pytest.mark.parametrize("name", ["versions", "events", "tests", "queries", "uses"])
def test_a_damaged_page_of_a_table_loses_its_own_rows_and_they_are_counted(
    name: str, damaged: Path, tmp_path: Path
) -> None:
    before = exported(damaged, tmp_path / "exported")
    spoil(damaged, (pages_of(damaged, name)[0] - 1) * PAGE, PAGE)
    result = salvage(damaged, tmp_path / "saved")
    assert result.lost.keys() == {name}
    after = [row for row in read_file(tmp_path / "saved") if row.table == name]
    all_of_it = [row for row in before if getattr(row, "table", "") == name]
    assert len(after) == len(all_of_it) - result.lost[name] < len(all_of_it)
    assert set(after) <= set(all_of_it)
    others = [row for row in before if getattr(row, "table", "") not in (name, "current")]
    assert [row for row in read_file(tmp_path / "saved") if row.table not in (name, "current")] == others


def test_a_lost_tool_is_named_and_the_rest_opens_as_a_new_bank(damaged: Path, tmp_path: Path) -> None:
    spoil(damaged, (pages_of(damaged, "versions")[1] - 1) * PAGE, PAGE)
    result = salvage(damaged, tmp_path / "saved")
    record = Record(tmp_path / "new.sqlite")
    merge(record.database, read_file(tmp_path / "saved"))
    assert result.lost_tools
    assert set(record.names()) | set(result.lost_tools) == {f"tool_{number}" for number in range(TOOLS)}
    assert not set(record.names()) & set(result.lost_tools)
    assert all(record.get(name).status == "candidate" for name in result.in_doubt)
    assert sum(record.get(name).status == "retired" for name in record.names()) >= TOOLS // 3 - 5
    record.close()


@pytest.mark.parametrize("name", ["versions_by_name", "sqlite_autoindex_versions_1", "current_by_version"])
def test_a_damaged_page_of_an_index_loses_nothing(name: str, damaged: Path, tmp_path: Path) -> None:
    before = exported(damaged, tmp_path / "exported")
    spoil(damaged, (pages_of(damaged, name)[0] - 1) * PAGE, PAGE)
    result = salvage(damaged, tmp_path / "saved")
    assert not result.lost
    assert read_file(tmp_path / "saved") == before


def test_the_pointers_come_from_the_events_where_their_table_is_lost(damaged: Path, tmp_path: Path) -> None:
    before = exported(damaged, tmp_path / "exported")
    for page in pages_of(damaged, "current"):
        spoil(damaged, (page - 1) * PAGE, PAGE)
    assert salvage(damaged, tmp_path / "saved").in_doubt == ()
    assert read_file(tmp_path / "saved") == before


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_gives_what_is_left_of_it(share: float, damaged: Path, tmp_path: Path) -> None:
    before = exported(damaged, tmp_path / "exported")
    size = int(damaged.stat().st_size * share)
    with damaged.open("r+b") as stream:
        stream.truncate(size)
    with pytest.raises(BankUnavailable, match="the file is damaged"):
        Record(damaged).current()
    salvage(damaged, tmp_path / "saved")
    after = read_file(tmp_path / "saved")
    assert 0 < len(after) < len(before)
    assert {row for row in after if row.table == "versions"} <= set(before)


def test_an_emptied_file_is_no_new_bank(damaged: Path) -> None:
    damaged.write_bytes(b"")
    with pytest.raises(BankUnavailable, match="found an empty file; the file is damaged"):
        Record(damaged)
    assert damaged.read_bytes() == b""


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BankUnavailable, match=r"bank\.sqlite: expected the file of a bank: No such file"):
        salvage(tmp_path / "bank.sqlite", tmp_path / "saved")


def test_every_damaged_page_is_an_error_or_does_no_harm(whole: Path, tmp_path: Path) -> None:
    before = exported(whole, tmp_path / "exported")
    errors = 0
    for page in range(1, whole.stat().st_size // PAGE + 1, 4):
        content = (b"\xff", b"\0", b"{'a'")[page % 3]
        path = Path(shutil.copy(whole, tmp_path / "bank.sqlite"))
        spoil(path, (page - 1) * PAGE, PAGE, content)
        found = complaint(path, tmp_path / "again") or read_all(path, tmp_path / "again")
        errors += isinstance(found, str)
        assert found == before or "the file is damaged" in found, (page, content)
    assert errors > 20


def complaint(path: Path, into: Path) -> str:
    try:
        read_all(path, into)
    except BankUnavailable as error:
        return str(error)
    return ""


def read_all(path: Path, into: Path) -> list[object]:
    record = Record(path)
    try:
        for name in record.names():
            assert record.get(name).name == name
        record.current()
        return exported(path, into)
    finally:
        record.close()
