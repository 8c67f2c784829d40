"""`funsearch doctor`: what is not well is found with its mend, and nothing is changed by looking."""

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.agent_file import open_record
from sandbox import SandboxUnavailable
from service.doctor import examine
from service.examination import language, machine, sandboxes, stores
from service.examination.finding import Finding
from tests.tool_bank.examples import DURATION
from tool_bank.record import Record


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "FUNSEARCH_MODEL", "FUNSEARCH_MODEL_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def bank(tmp_path):
    directory = tmp_path / "bank"
    directory.mkdir()
    record = Record(directory / "bank.sqlite")
    record.add([DURATION])
    record.close()
    return directory


def states(findings):
    return {finding.name: finding.state for finding in findings}


def content(folder: Path):
    """Every file of a folder with its bytes and time: equal before and after a look."""
    return {
        path: (path.stat().st_mtime_ns, path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest())
        for path in [folder, *folder.rglob("*")]
    }


def test_a_sound_bank_is_told_with_its_schema_and_tools(bank):
    before = content(bank)
    (found,) = stores.bank(bank)
    assert found.state == "ok"
    assert "schema 2, 1 names, 1 versions" in found.detail
    assert content(bank) == before


def test_what_is_missing_is_well_and_is_not_made(tmp_path):
    (found,) = stores.bank(tmp_path / "none")
    assert (found.state, "none in" in found.detail) == ("ok", True)
    assert [found.state for found in stores.agent(tmp_path / "none")] == ["ok"]
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("start", [0, 100, 4096])
def test_a_damaged_bank_is_a_failure_with_the_command_that_saves_it(bank, start):
    with (bank / "bank.sqlite").open("r+b") as stream:
        stream.seek(start)
        stream.write(b"\x7f" * 2000)
    before = content(bank)
    (found,) = stores.bank(bank)
    assert found.state == "failure"
    assert f"funsearch tools export SAVED.jsonl --salvage --bank {bank}" in found.mend
    assert content(bank) == before


@pytest.mark.parametrize("text", [b"", b"no database", b"\0" * 9000])
def test_another_file_in_its_place_is_a_failure(tmp_path, text):
    (tmp_path / "agent.sqlite").write_bytes(text)
    assert [found.state for found in stores.agent(tmp_path)] == ["failure"]
    (tmp_path / "agent.sqlite").unlink()
    (tmp_path / "agent.sqlite").mkdir()
    assert [found.state for found in stores.agent(tmp_path)] == ["failure"]


def test_a_newer_record_is_a_failure(bank):
    connection = sqlite3.connect(bank / "bank.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    (found,) = stores.bank(bank)
    assert (found.state, "update funsearch" in found.mend) == ("failure", True)


WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
connection.execute("INSERT INTO events (at, kind, name, version, detail) VALUES ('', '', '', '', '{}')")
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_bank_in_use_is_read_and_its_writer_is_named(bank):
    command = [sys.executable, "-c", WRITER, str(bank / "bank.sqlite")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as writer:
        assert writer.stdout.readline() == "locked\n"
        before = content(bank)
        found = states(stores.bank(bank))
        told = [finding.detail for finding in stores.bank(bank)]
        assert content(bank) == before
        writer.stdin.close()
    assert found == {"tool bank": "ok", "tool bank: writing": "warning"}
    assert f"process {writer.pid} is writing" in told[1]


def test_what_waits_in_the_journal_is_seen(bank):
    record = Record(bank / "bank.sqlite")
    record.set_status(DURATION.name, "retired", "test")
    assert (bank / "bank.sqlite-wal").stat().st_size
    before = content(bank)
    assert states(stores.bank(bank))["tool bank"] == "ok"
    assert content(bank) == before
    record.close()


def test_what_cannot_be_written_is_warned_of(bank, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: mode == os.R_OK)
    assert states(stores.bank(bank)) == {"tool bank": "ok", "tool bank: writing": "warning"}
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert states(stores.bank(bank))["tool bank"] == "failure"


def test_the_requests_of_an_agent_are_counted(tmp_path):
    open_record(tmp_path).close()
    (found,) = stores.agent(tmp_path)
    assert found.detail.endswith("no requests")


def test_a_damaged_run_is_a_warning(tmp_path):
    for name, config in (("a", "{"), ("b", '{"task": "bin_packing_or"}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "archive.sqlite").touch()
        (tmp_path / name / "config.json").write_text(config)
    found = stores.runs(tmp_path)
    assert (found.state, found.detail) == ("warning", f"2 in {tmp_path}, unreadable: a")


def test_an_endpoint_that_does_not_answer_is_a_failure_and_no_key_is_shown(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://ann:hunter2hunter2@127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-verysecretkey12345")
    monkeypatch.setattr("language_models.retries.time.sleep", lambda seconds: None)
    found = {finding.name: finding for finding in language.language_models()}["model endpoint"]
    assert (found.state, "OPENAI_BASE_URL" in found.mend) == ("failure", True)
    assert "hunter2" not in repr(found)
    assert "verysecret" not in repr(found)


def test_missing_models_are_failures_with_the_command_that_fetches_them(tmp_path, monkeypatch):
    monkeypatch.setenv("FUNSEARCH_MODELS", str(tmp_path / "models"))
    found = {finding.name: finding for finding in language.language_models()}
    assert found["embedded model"].mend == "funsearch models pull SmolLM2-135M-Instruct"
    assert found["tool search model"].mend == "funsearch models pull all-MiniLM-L6-v2"
    assert found["model endpoint"].state == "ok"


def test_with_auto_one_sandbox_is_enough_and_none_is_a_failure(monkeypatch):
    def unavailable(name):
        raise SandboxUnavailable("not here")

    monkeypatch.setattr(sandboxes, "open_sandbox", unavailable)
    found = [*sandboxes.sandboxes("auto")]
    assert [one.state for one in found] == ["warning", "warning", "warning", "failure"]
    assert found[-1].mend == "make docker (as root)"
    assert [one.state for one in sandboxes.sandboxes("docker")] == ["failure"]


@pytest.mark.bubblewrap
def test_a_sandbox_that_works_holds_every_behaviour(bubblewrap):
    (found,) = sandboxes.sandboxes("bubblewrap")
    assert (found.state, found.detail.endswith("behaviours hold")) == ("ok", True)


def test_the_machine_is_told():
    assert states([machine.versions(), *machine.engine(), *machine.disk()])["processors"] == "ok"


def test_a_full_disk_is_a_failure(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1000}))
    assert {found.state for found in machine.disk()} == {"failure"}
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1 << 30}))
    assert {found.state for found in machine.disk()} == {"warning"}


def test_an_examination_that_fails_itself_is_a_finding():
    (broken, (found,)), (well, (other,)) = examine(
        {"a": lambda: [1 / 0], "b": lambda: [Finding("b", "ok", "well")]}
    )
    assert (broken, found.state, well, other.state) == ("a", "failure", "b", "ok")
    assert "ZeroDivisionError" in found.detail


@pytest.fixture
def quick(monkeypatch):
    """Leaves out what takes long."""
    monkeypatch.setattr("service.examination.sandboxes.sandboxes", lambda asked: [])


def test_the_command_tells_all_with_mends(command, quick, bank):
    (bank / "bank.sqlite").write_bytes(b"x" * 5000)
    status, out, _ = command("doctor", "--bank", bank)
    assert status == 1
    assert "failure" in out
    assert "mend: funsearch tools export SAVED.jsonl --salvage" in out
    status, out, err = command("doctor", "--bank", bank, "--json")
    assert (status, err) == (1, "")
    found = {one["name"]: one for one in json.loads(out)}
    assert (found["tool bank"]["ok"], found["versions"]["state"]) == (False, "ok")


@pytest.mark.model
def test_where_all_is_well_or_only_warned_of_the_status_is_0(command, quick, bank, monkeypatch):
    assert command("doctor", "--bank", bank)[0] == 0
