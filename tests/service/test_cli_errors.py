"""Whatever a user does wrong, and whatever the machine refuses, is one message and a status; never a traceback."""

import json
import os
import shlex
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.agent_file import open_record
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide
from service.errors import ExitStatus
from tests.service.test_cli_polish import COMMANDS, named
from tests.tool_bank.examples import DURATION
from tool_bank.record import Record

# Those that work for minutes, or until they are ended, once their arguments are sound.
LONG = {
    "evolve",
    "resume",
    "compare",
    "create",
    "request",
    "requests work",
    "chat",
    "evaluate-agent",
    "serve",
    "mcp",
}
LONG |= {"doctor", "models serve", "models pull", "models remove", "tools search", "score"}
QUICK = [one for one in COMMANDS if named(one) not in LONG]


@pytest.fixture
def bad_places(tmp_path, monkeypatch):
    """Paths at which nothing fits, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "empty").touch()
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "loop").symlink_to("loop")
    for name, content in (("damaged", b"x" * 5000), ("hollow", b"")):
        (tmp_path / name).mkdir()
        for file in ("bank.sqlite", "agent.sqlite", "archive.sqlite", "config.json"):
            (tmp_path / name / file).write_bytes(content)
    for file in ("bank.sqlite", "agent.sqlite", "archive.sqlite", "config.json"):
        (tmp_path / "folders" / file).mkdir(parents=True)
    files = ("missing", "binary", "empty", "bad.json", "loop")
    return (*files, "damaged", "hollow", "folders", "/dev/null/x", "", "a" * 300)


def with_path(words, option, place):
    """A command line whose option says another place."""
    kept = list(words)
    if option in kept:
        del kept[kept.index(option) : kept.index(option) + 2]
    return [*kept, option, place]


def bad_lines(one, places):
    words = shlex.split(one.examples()[0])[1:]
    positions = [param for param in one.command.params if not param.opts[0].startswith("-")]
    for param in one.command.params:
        if param in positions:
            where = len(one.words) + positions.index(param)
            for bad in (*places, "{", "-1", "é", "[/red]"):
                yield [*words[:where], bad, *words[where + 1 :]]
        elif param.name in ("bank", "directory", "place"):
            for place in places:
                yield with_path(words, param.opts[-1], place)


@pytest.mark.parametrize("one", QUICK, ids=named)
def test_bad_places_and_names_are_one_message(one, command, bad_places):
    for line in bad_lines(one, bad_places):
        status, _, err = command(*line)  # an error that is not ours would come out here
        assert status in {*ExitStatus}, line
        assert "Traceback" not in err, line
        assert bool(err) == (status != 0), line


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("evolve missing.py", 1),
        ("evolve binary --samplers mutation", 1),
        ("evolve bin_packing_or --minutes x", 2),
        ("evolve bin_packing_or --evaluators 0", 2),
        ("evolve bin_packing_or --seed -1", 2),
        ("evolve bin_packing_or --samplers mutation --evaluations 5 --directory binary", 1),
        ("evolve loop --samplers mutation", 1),
        ("resume damaged", 1),
        ("resume loop", 1),
        ("rescore loop", 1),
        ("rescore ''", 1),
        ("score bin_packing_or binary", 1),
        ("score bin_packing_or folders", 1),
        ("score bin_packing_or loop", 1),
        ("compare bin_packing_or --seeds 0", 2),
        ("compare loop --samplers mutation", 1),
        ("create --file bad.json", 1),
        ("create --file folders", 1),
        ("create 'no name' words", 1),
        ("request x --document missing", 1),
        ("request x --bank binary", 1),
        ("request x --directory binary", 1),
        ("evaluate-agent binary", 1),
        ("evaluate-agent folders", 1),
        ("models pull missing.gguf", 1),
        ("models pull folders", 1),
        ("models serve missing", 1),
        ("models remove missing", 1),
        ("models list --directory binary", 0),
        ("tools call x", 2),
        ("tools search x --bank damaged", 1),
        ("tools import bad.json --bank new", 1),
        ("serve --directory binary --port 0", 1),
        ("serve --port 70000", 2),
    ],
)
def test_misuse_of_long_commands_is_refused_at_once(line, status, command, bad_places):
    found, _, err = command(*shlex.split(line))
    assert found == status, err
    assert "Traceback" not in err


@pytest.fixture
def bank(tmp_path):
    (tmp_path / "bank").mkdir()
    record = Record(tmp_path / "bank" / "bank.sqlite")
    record.add([DURATION])
    record.close()
    return tmp_path / "bank"


@contextmanager
def without_rights(folder):
    """Within it nothing in the folder may be read, also not by root, who is somebody else meanwhile."""
    folder.chmod(0)
    if os.geteuid():
        yield
    else:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    folder.chmod(0o700)


@pytest.mark.parametrize(
    "line",
    [
        "tools list --bank {}/bank",
        "tools export {}/out.jsonl --bank {}/bank",
        "tools import {}/bank.jsonl --bank {}/bank",
        "requests list --directory {}/agent",
        "memory list --directory {}/agent",
        "traces stats --traces {}/traces",
        "traces export {}/traces.jsonl --traces {}/traces",
        "elites {}/run",
    ],
)
def test_what_may_not_be_read_is_one_message(line, command, bank, tmp_path):
    open_record(tmp_path / "agent").close()
    (tmp_path / "traces").mkdir()
    command("tools", "export", tmp_path / "bank.jsonl", "--bank", bank)
    words = shlex.split(line.replace("{}", str(tmp_path)))
    assert command(*words)[0] == (1 if words[0] == "elites" else 0)  # the control; and no run is there
    with without_rights(tmp_path):
        status, out, err = command(*words)
    assert (status, out) == (ExitStatus.FAILED, "")
    assert "Traceback" not in err
    assert err.startswith("funsearch: ")


def run(*words, **how):
    process = [sys.executable, "-m", "service", *map(str, words)]
    return subprocess.run(process, stderr=subprocess.PIPE, text=True, timeout=120, check=False, **how)


PRINTING = [("tools", "list"), ("tools", "list", "--json"), ("tools", "show", DURATION.name), ("--help",)]


@pytest.mark.parametrize("words", PRINTING)
def test_a_full_disk_is_one_message(words, bank):
    with open("/dev/full", "w") as full:
        done = run(*words, env={**os.environ, "FUNSEARCH_BANK": str(bank)}, stdout=full)
    assert done.returncode == ExitStatus.FAILED
    assert done.stderr == "funsearch: No space left on device\n"


@pytest.mark.parametrize("words", PRINTING)
def test_a_reader_that_goes_away_is_no_error_to_tell(words, bank):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        done = run(*words, env={**os.environ, "FUNSEARCH_BANK": str(bank)}, stdout=stream)
    assert (done.returncode, done.stderr) == (ExitStatus.FAILED, "")


def test_where_the_output_is_read_all_is_well(bank):
    """The control of the two above."""
    done = run("tools", "list", "--json", "--bank", bank, stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)[0]["name"] == DURATION.name


def test_nothing_to_write_to_at_all_is_no_traceback(bank):
    line = f"{shlex.quote(sys.executable)} -m service tools list --bank {shlex.quote(str(bank))} >&-"
    done = subprocess.run(line, shell=True, stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert "Traceback" not in done.stderr


def test_ctrl_c_has_a_status_of_its_own(command, monkeypatch, tmp_path):
    def interrupted(parent):
        raise KeyboardInterrupt

    monkeypatch.setattr("funsearch.run_directory.runs_under", interrupted)
    status, out, err = command("runs", tmp_path)
    assert (status, out) == (ExitStatus.INTERRUPTED, "")
    assert "Traceback" not in err


def test_our_own_mistakes_are_no_user_s_error(command, monkeypatch, tmp_path):
    def mistaken(parent):
        return 1 / 0

    monkeypatch.setattr("funsearch.run_directory.runs_under", mistaken)
    with pytest.raises(ZeroDivisionError):
        command("runs", tmp_path)


def completed(line, monkeypatch, folder):
    """What a shell offers at the end of a line."""
    words = line.split(" ")
    settings = {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1), "_FUNSEARCH_COMPLETE": "complete_bash"}
    code = "import sys; sys.argv = ['funsearch']; from service.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **settings},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_the_shell_is_offered_tasks_runs_tools_and_commands(bank, tmp_path, monkeypatch):
    (tmp_path / "runs" / "one").mkdir(parents=True)
    (tmp_path / "runs" / "one" / "config.json").touch()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    assert completed("funsearch evol", monkeypatch, tmp_path) == ["evolve"]
    assert "bin_packing_or" in completed("funsearch evolve bin", monkeypatch, tmp_path)
    assert completed("funsearch resume ", monkeypatch, tmp_path) == ["runs/one"]
    assert completed(f"funsearch tools show --bank {bank} ", monkeypatch, tmp_path) == [DURATION.name]
    assert completed("funsearch evolve x --sandbox d", monkeypatch, tmp_path) == ["docker", "docker-runsc"]


@pytest.mark.parametrize("place", ["damaged", "hollow", "folders", "missing", "loop", "binary"])
def test_completion_of_what_cannot_be_read_is_quiet(place, bad_places, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    assert completed(f"funsearch tools show --bank {place} ", monkeypatch, tmp_path) == []
    assert completed(f"funsearch requests show --directory {place} ", monkeypatch, tmp_path) == []


@pytest.mark.parametrize(
    "line",
    [
        "runs",
        "tools list",
        "tools show parse_duration",
        "tools history parse_duration",
        "tools aliases",
        "tools stats",
        "tools retire-unused",
        "tools export saved.jsonl",
        "tools import saved.jsonl",
        "tools retire parse_duration --why x",
        "requests list",
        "requests work",
        "requests cancel r1",
        "requests show r1",
        "memory list",
        "memory delete --all-of ann",
        "traces list",
        "traces stats",
        "traces export lines.jsonl",
        "models list",
    ],
)
def test_with_json_stdout_is_one_json_value(line, command, bank, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FUNSEARCH_BANK", str(bank))
    monkeypatch.setenv("FUNSEARCH_AGENT", str(tmp_path / "agent"))
    monkeypatch.setenv("FUNSEARCH_TRACES", str(tmp_path))
    record = open_record(tmp_path / "agent")
    UserSide(RequestStore(record)).create({"objective": "Do this."}, "r1")
    if line == "requests work":
        UserSide(RequestStore(record)).cancel("r1")
    record.close()
    command("tools", "export", "saved.jsonl")
    status, out, err = command(*shlex.split(line.replace("parse_duration", DURATION.name)), "--json")
    assert status == 0, err
    json.loads(out)
