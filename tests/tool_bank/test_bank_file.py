"""A whole bank as one file: out, in, and out again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.tool_bank.examples import DURATION, PACK, SLUG, tool
from tool_bank import BankUnavailable, ToolTest
from tool_bank.bank_file import BankFileRefused, lines_of, read_file, write_file
from tool_bank.record import Record
from tool_bank.record_merge import merge
from tool_bank.tool_tests import TestRecord

BETTER = tool(description="Turns '1h30m' into seconds, days too.")


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Record]:
    """A record with something in every table."""
    record = Record(tmp_path / "full.sqlite")
    record.add([DURATION, SLUG, PACK])
    record.add([BETTER])
    record.set_status("make_slug", "retired", "nobody asked, \u2028 or: \u00fcber \U0001f600")
    record.add_queries("pack_bins", ["pack these", "\u00e4 second"], "request")
    record.put_schema(PACK.version, '{"type": "object"}')
    record.put_vectors("m", {PACK.version: np.arange(384, dtype=np.float32)})
    TestRecord(record.database).add(
        PACK.version, [ToolTest({"item": 1.5}, [1, None], "example", hidden=True)]
    )
    with record.database.transaction():
        record.database.write("INSERT INTO aliases VALUES ('packer', 'pack_bins', '{}', '{}', 'same', 'now')")
        for _ in range(2):  # the same twice: both count
            record.database.write(
                "INSERT INTO uses (at, request, name, version, outcome, error, seconds) "
                "VALUES ('now', 'pack', 'pack_bins', ?, 'returned', '', 0.1)",
                (PACK.version,),
            )
    yield record
    record.close()


def export(record: Record, path: Path) -> bytes:
    with record.database.snapshot():
        write_file(path, lines_of(record.database, vectors=True))
    return path.read_bytes()


def test_a_bank_goes_out_and_in_and_out_again_exactly_equal(full: Record, tmp_path: Path) -> None:
    first = export(full, tmp_path / "first")
    with closing(Record(tmp_path / "new.sqlite")) as new:
        merge(new.database, read_file(tmp_path / "first"))
        assert export(new, tmp_path / "second") == first
        assert new.get("parse_duration") == BETTER
        assert new.get("make_slug").status == "retired"
        assert [stored.tool.version for stored in new.history("parse_duration")] == [
            DURATION.version,
            BETTER.version,
        ]
        assert new.queries("pack_bins") == full.queries("pack_bins")
        np.testing.assert_array_equal(new.vectors("m", [PACK.version])[PACK.version], np.arange(384))
    kinds = {json.loads(line)["line"] for line in first.splitlines()}
    assert kinds == {
        *("bank", "version", "test", "query", "alias", "schema", "event", "use", "current", "vector", "end")
    }


def test_the_same_file_twice_changes_nothing_more(full: Record, tmp_path: Path) -> None:
    first = export(full, tmp_path / "first")
    assert not any(merge(full.database, read_file(tmp_path / "first")).added.values())
    assert export(full, tmp_path / "second") == first


def test_what_a_bank_has_stays_unless_asked(full: Record, tmp_path: Path) -> None:
    export(full, tmp_path / "first")
    mine = tool(description="My own.")
    with closing(Record(tmp_path / "new.sqlite")) as new:
        new.add([mine])
        before = new.clock()
        merged = merge(new.database, read_file(tmp_path / "first"))
        assert merged.kept == ("parse_duration",)
        assert new.get("parse_duration") == mine
        assert len(new.history("parse_duration")) == 3
        assert new.get("pack_bins") == PACK
        assert new.changed_since(before) >= {"pack_bins", "make_slug"}
        before = new.clock()
        assert merge(new.database, read_file(tmp_path / "first"), overwrite=True).kept == ()
        assert new.get("parse_duration") == BETTER
        assert new.events("parse_duration")[-1].detail == {"status": "active", "why": "imported"}
        assert new.changed_since(before) == {"parse_duration"}


def test_an_alias_of_the_file_does_not_take_the_place_of_a_tool(full: Record, tmp_path: Path) -> None:
    export(full, tmp_path / "first")
    with closing(Record(tmp_path / "new.sqlite")) as new:
        new.add([tool("packer")])
        merge(new.database, read_file(tmp_path / "first"))
        assert new.database.rows("SELECT * FROM aliases") == []


def test_every_changed_line_is_refused_with_its_number(full: Record, tmp_path: Path) -> None:
    lines = export(full, tmp_path / "first").splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        place = len(line) // 2
        changed = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
        (tmp_path / "changed").write_bytes(b"".join([*lines[: number - 1], changed, *lines[number:]]))
        with pytest.raises(BankFileRefused, match=rf"changed, line {number}: .*nothing was imported"):
            read_file(tmp_path / "changed")


def test_a_file_without_one_of_its_lines_is_refused(full: Record, tmp_path: Path) -> None:
    lines = export(full, tmp_path / "first").splitlines(keepends=True)
    for number in range(len(lines)):
        (tmp_path / "changed").write_bytes(b"".join([*lines[:number], *lines[number + 1 :]]))
        with pytest.raises(BankFileRefused, match=r"changed(, line \d+)?: expected"):
            read_file(tmp_path / "changed")


def test_a_file_cut_off_anywhere_is_refused(full: Record, tmp_path: Path) -> None:
    content = export(full, tmp_path / "first")
    for length in range(0, len(content), 97):
        (tmp_path / "cut").write_bytes(content[:length])
        with pytest.raises(BankFileRefused, match=r"cut(, line \d+)?: expected"):
            read_file(tmp_path / "cut")
    (tmp_path / "cut").write_bytes(content[:-1])
    with pytest.raises(BankFileRefused, match="expected a whole JSON object and the end of the line"):
        read_file(tmp_path / "cut")


def test_lines_in_another_order_are_refused(full: Record, tmp_path: Path) -> None:
    first, second, third, *rest = export(full, tmp_path / "first").splitlines(keepends=True)
    (tmp_path / "changed").write_bytes(b"".join([first, third, second, *rest]))
    with pytest.raises(BankFileRefused, match="as they were written"):
        read_file(tmp_path / "changed")


def forged(path: Path, change: Callable[[dict[str, object]], object]) -> Path:
    """Writes the file anew, with lines changed and all hashes right."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()][1:-1]
    for line in lines:
        del line["hash"]
        change(line)
    write_file(path, lines)
    return path


FORGERIES: dict[str, tuple[Callable[[dict[str, object]], object], str]] = {
    "body": (lambda line: line.update(body="{}") if line["line"] == "version" else 0, "not the SHA-256"),
    "name": (lambda line: line.update(name="other") if line["line"] == "version" else 0, "of another name"),
    "status": (lambda line: line.update(status="best") if line["line"] == "current" else 0, "status: Input"),
    "kind": (lambda line: line.update(line="table"), "expected a line of version, test, .*, found 'table'"),
    "field": (lambda line: line.update(more=1), "more: Extra inputs are not permitted"),
    "type": (lambda line: line.update(at=1) if line["line"] == "event" else 0, "at: Input should be a valid"),
    "json": (
        lambda line: line.update(detail="[]") if line["line"] == "event" else 0,
        "expected a JSON object",
    ),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_what_no_bank_can_hold_is_refused_whatever_its_hashes(
    what: str, full: Record, tmp_path: Path
) -> None:
    export(full, tmp_path / "first")
    change, complaint = FORGERIES[what]
    with pytest.raises(BankFileRefused, match=rf"first, line \d+: .*{complaint}"):
        read_file(forged(tmp_path / "first", change))


def test_a_source_that_is_no_tool_is_refused_with_the_reason(full: Record, tmp_path: Path) -> None:
    def change(line: dict[str, object]) -> None:
        if line["line"] == "version":
            line["body"] = str(line["body"]).replace("def ", "dof ")
            line["version"] = hashlib.sha256(str(line["body"]).encode()).hexdigest()

    export(full, tmp_path / "first")
    with pytest.raises(BankFileRefused, match=r"first, line 2: .*nothing was imported"):
        read_file(forged(tmp_path / "first", change))


def test_a_name_without_its_version_is_refused_and_nothing_is_kept(full: Record, tmp_path: Path) -> None:
    def change(line: dict[str, object]) -> None:
        if line["line"] == "current":
            line["version"] = "0" * 64

    export(full, tmp_path / "first")
    with closing(Record(tmp_path / "new.sqlite")) as new:
        empty = export(new, tmp_path / "empty")
        with pytest.raises(BankFileRefused, match="make_slug: expected its current version 000000000000 in"):
            merge(new.database, read_file(forged(tmp_path / "first", change)))
        assert export(new, tmp_path / "second") == empty


def test_another_format_and_another_file_are_told_apart(tmp_path: Path) -> None:
    write_file(tmp_path / "newer", [], format=2)
    with pytest.raises(BankFileRefused, match="line 1: expected format 1, found 2; update funsearch"):
        read_file(tmp_path / "newer")
    (tmp_path / "other").write_text('{"a": 1}\n')
    with pytest.raises(BankFileRefused, match="line 1: its hash is not"):
        read_file(tmp_path / "other")
    with pytest.raises(BankFileRefused, match="missing: expected the file of an exported bank: No such file"):
        read_file(tmp_path / "missing")
    (tmp_path / "deep").write_text("[" * 100_000 + "\n")
    with pytest.raises(BankFileRefused, match="deep, line 1: "):
        read_file(tmp_path / "deep")


def test_a_damaged_row_is_not_exported(full: Record, tmp_path: Path) -> None:
    with full.database.transaction():
        full.database.write("INSERT INTO versions VALUES ('not a hash', 'x', '{}', 'now')")
    with pytest.raises(
        BankUnavailable, match="a row of versions is not as it was written; the file is damaged"
    ):
        export(full, tmp_path / "first")
    assert not (tmp_path / "first").exists()
