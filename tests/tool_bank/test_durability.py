"""A bank survives kills, damaged indexes and company: the fast version of experiments/kill_the_bank.py."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from experiments.bank_worker import AIMS, tool
from experiments.kill_the_bank import DAMAGES, RANDOM, Seen, life, readers
from tests.tool_bank.examples import DURATION, PACK, SLUG
from tool_bank import ToolBank
from tool_bank.record import Record
from tool_bank.record_schema import APPLICATION_ID, statements
from tool_bank.scripted import ScriptedEncoder

KILLED_AT = (
    RANDOM,
    "vectors are put",
    "the seal is half written",
    "an old generation is half removed",
    "CURRENT has been switched",
    "a tool is written",
)
DAMAGED = ("files emptied", "of another bank", "CURRENT pointing nowhere")


def test_no_acknowledged_tool_is_lost_by_kills_or_by_a_damaged_index(tmp_path: Path) -> None:
    seen, rng = Seen(), np.random.default_rng(0)
    for aim in KILLED_AT:
        life(tmp_path, aim, rng, seen, adds=8)
    assert seen.deaths.total() == len(KILLED_AT), seen
    life(tmp_path, "none", rng, seen, adds=0)
    life(tmp_path, "a sealed generation is opened", rng, seen, adds=0)
    for how in DAMAGED:
        DAMAGES[how](tmp_path / "chroma")
        life(tmp_path, "none", rng, seen, adds=1)
    assert seen.problems == []
    assert seen.deaths["a sealed generation is opened"] == 1
    assert len(seen.stored) > 20
    assert seen.roles == {"writer": len(KILLED_AT) + 1 + len(DAMAGED)}


def test_a_lost_tool_would_be_noticed(tmp_path: Path) -> None:
    seen = Seen()
    with ToolBank.open(tmp_path, encoder=ScriptedEncoder()) as bank:
        bank.add_many([tool(0), tool(1)])
        bank.retire("tool_1", "as a control")
    seen.stored = {"tool_0": "active", "tool_1": "active"}
    life(tmp_path, "none", np.random.default_rng(0), seen, adds=0)
    assert seen.problems == ["lost tool_1 is retired, was left active"]
    seen = Seen(stored={"tool_7": "active"})
    life(tmp_path, "none", np.random.default_rng(0), seen, adds=0)
    assert len(seen.problems) == 1


def test_a_word_cut_off_by_death_is_no_acknowledgement() -> None:
    seen = Seen()
    for line in ("stored tool_0\n", "retiring tool_0\n", "retired", "stored", "stored tool_1"):
        seen.take(line)
    assert seen.stored == {"tool_0": "doubtful"}


def test_every_aim_can_be_taken() -> None:
    assert all(callable(getattr(place, attribute)) for place, attribute, _ in AIMS.values())


def test_readers_see_no_error_and_no_retired_tool_while_tools_are_added(tmp_path: Path) -> None:
    assert readers(tmp_path / "bank", count=3, adds=40) == []


def test_the_second_writer_reads_exactly_and_the_record_keeps_what_both_write(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from experiments.bank_worker import tool\n"
        "from tool_bank import ToolBank\n"
        "from tool_bank.scripted import ScriptedEncoder\n"
        "with ToolBank.open(sys.argv[1], encoder=ScriptedEncoder()) as bank:\n"
        "    bank.search('anything'); print(bank.index_role, flush=True); sys.stdin.readline()\n"
        "    for number in range(int(sys.argv[2]), int(sys.argv[2]) + 15):\n"
        "        bank.add(tool(number)); assert bank.search(tool(number).description, 1)\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), first],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in ("0", "100")
    ]
    roles = sorted(process.stdout.readline().strip() for process in processes if process.stdout)
    for process in processes:
        process.communicate("go\n", timeout=120)
    assert roles == ["reader", "writer"]
    assert [process.returncode for process in processes] == [0, 0]
    with ToolBank.open(tmp_path, encoder=ScriptedEncoder()) as bank:
        assert len(bank.names()) == 30
        for number in (*range(15), *range(100, 115)):
            assert bank.search(tool(number).description, 1)[0].tool == tool(number)
        assert bank.index_role == "writer"


def test_two_processes_that_open_a_record_of_the_first_schema_bring_it_to_the_newest(tmp_path: Path) -> None:
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
    code = (
        "import sys; from pathlib import Path\n"
        "from tool_bank.record import Record\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "record = Record(Path(sys.argv[1]))\n"
        "record.add_queries('parse_duration', [sys.argv[2]], 'request'); record.close()\n"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), query],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for query in ("a", "b", "c")
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0]
    record = Record(path)
    assert record.get("parse_duration") == DURATION
    assert sorted(record.queries("parse_duration")) == ["a", "b", "c"]
    record.close()


def test_an_index_that_fails_in_service_is_made_good_without_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise OSError("the disk is gone")

    with ToolBank.open(tmp_path, encoder=ScriptedEncoder()) as bank:
        assert bank.index_role == ""
        bank.add_many([DURATION, SLUG, PACK])
        bank.search("anything")
        assert bank.index_role == "writer"
        monkeypatch.setattr("tool_bank.chroma_index.nearest", broken)
        monkeypatch.setattr("tool_bank.chroma_index.portions", broken)
        for made in (DURATION, SLUG, PACK):
            assert bank.search(made.description, 1)[0].tool == made
        bank.add(tool(1))
        assert bank.search(tool(1).description, 1)[0].tool == tool(1)
    monkeypatch.undo()
    with ToolBank.open(tmp_path, encoder=ScriptedEncoder()) as bank:
        assert bank.search(tool(1).description, 1)[0].tool == tool(1)
        assert bank.index_role == "writer"
