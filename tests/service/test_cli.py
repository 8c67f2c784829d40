"""The command line as people meet it: results on stdout, one clear message and a non-zero exit on misuse."""

import json

import pytest

from tool_bank import Tool, ToolBank
from tool_bank.scripted import ScriptedEncoder

SPECIFICATION = '''import funsearch


@funsearch.run
def evaluate(n):
    return value(n)


@funsearch.evolve
def value(x):
    """Returns a number."""
    return x + 1
'''


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_BASE_URL", "FUNSEARCH_SANDBOX", "FUNSEARCH_BANK", "FUNSEARCH_MODEL_FILE"):
        monkeypatch.delenv(name, raising=False)


def write(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evolve", "no_such_task"], "no_such_task"),
        (["evolve", "bin_packing_or", "--evaluations", "0"], "evaluations=0"),
        (["evolve", "bin_packing_or", "--minutes", "-3"], "minutes=-3"),
        (["evolve", "bin_packing_or", "--minutes", "nan"], "minutes=nan"),
        (["evolve", "bin_packing_or", "--samplers", "magic"], "'magic'"),
        (["evolve", "bin_packing_or", "--sandbox", "none"], "'none'"),
        (["evolve", "bin_packing_or", "--inputs", "[1]"], "its own data"),
        (["evolve", "bin_packing_or", "--directory", "/dev/null/run"], "cannot be written"),
        (["evolve", "bin_packing_or", "--samplers", "mutation,mutation"], "each once"),
        (["evolve", "bin_packing_or", "--samplers", ""], "''"),
        (["evolve", "bin_packing_or", "--novelty", "1.5"], "at most 1"),
        (["evolve", "bin_packing_or", "--novelty", "0"], "novelty=0"),
        (["evolve", "bin_packing_or", "--elite-share", "2"], "elite_share=2"),
        (["evolve", "bin_packing_or", "--elite-share", "0.2", "--strategy", "hill-climb"], "no islands"),
        (["elites", "nowhere"], "funsearch runs"),
        (["resume", "nowhere"], "funsearch runs"),
        (["score", "bin_packing_or", "missing.py"], "missing.py"),
        (["tools", "list"], "funsearch evolve bin_packing_or"),
        (["tools", "search", "anything", "--bank", "nowhere"], "nowhere"),
    ],
)
def test_misuse_is_one_clear_message_and_a_failing_exit(command, arguments, message):
    status, _, err = command(*arguments)
    assert status not in (0, None)
    assert message in err
    assert "Traceback" not in err


def test_a_specification_with_a_syntax_error_is_told_with_its_line(command, tmp_path):
    path = write(tmp_path / "broken.py", SPECIFICATION + "\ndef f(:\n")
    status, _, err = command("evolve", path, "--inputs", "[1]")
    assert status != 0
    assert "broken.py" in err
    assert "line 14" in err


def test_inputs_that_are_no_json_list_are_refused(command, tmp_path):
    path = write(tmp_path / "toy.py", SPECIFICATION)
    for inputs in ("[1", "3", '{"a": 1}', "[NaN]"):
        status, _, err = command("evolve", path, "--inputs", inputs)
        assert status != 0
        assert "JSON list" in err


def test_a_missing_model_is_told_with_both_ways_out(command, tmp_path, monkeypatch):
    monkeypatch.setenv("FUNSEARCH_MODELS", str(tmp_path / "models"))
    status, _, err = command("evolve", "bin_packing_or", "--evaluations", "5")
    assert status != 0
    assert "make model" in err
    assert "--samplers mutation" in err
    assert not (tmp_path / "runs").exists()


def test_without_any_sandbox_nothing_runs_and_what_to_install_is_said(command, tmp_path, monkeypatch):
    from sandbox import SandboxUnavailable

    def unavailable(name, *, packages):
        raise SandboxUnavailable("no sandbox can run here; install one: `make docker`")

    monkeypatch.setattr("funsearch.task_loading.open_sandbox", unavailable)
    status, _, err = command("evolve", "bin_packing_or", "--evaluations", "5", "--samplers", "mutation")
    assert status != 0
    assert "make docker" in err


def test_runs_are_listed(command):
    status, out, _ = command("runs", "--json")
    assert status == 0
    assert json.loads(out) == []
    assert "No runs" in command("runs")[1]


def test_a_damaged_run_does_not_hide_the_others(command, tmp_path):
    for name in ("a", "b"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        write(tmp_path / "runs" / name / "archive.sqlite", "")
    write(tmp_path / "runs" / "a" / "config.json", "{")
    write(tmp_path / "runs" / "b" / "config.json", '{"task": "bin_packing_or"}')
    found = {run["directory"]: run["task"] for run in json.loads(command("runs", "--json")[1])}
    assert found == {"runs/a": None, "runs/b": "bin_packing_or"}


@pytest.fixture
def bank(tmp_path):
    tool = Tool(
        name="double",
        description="Doubles a number.",
        source="def double(x: int) -> int:\n    return 2 * x\n",
        function="double",
        example_queries=("twice a number",),
    )
    with ToolBank.open(tmp_path / "bank") as opened:
        opened.add(tool)
    return tmp_path / "bank"


@pytest.mark.model
def test_tools_are_searched_listed_shown_and_retired(command, bank):
    found = json.loads(command("tools", "search", "two times a number", "--bank", bank, "--json")[1])
    assert [match["name"] for match in found] == ["double"]
    assert json.loads(command("tools", "list", "--bank", bank, "--json")[1])[0]["signature"]
    assert "def double(x: int) -> int:" in command("tools", "show", "double", "--bank", bank)[1]
    assert "retired" in command("tools", "retire", "double", "--why", "test", "--bank", bank)[1]
    events = json.loads(command("tools", "history", "double", "--bank", bank, "--json")[1])["events"]
    assert events[-1]["why"] == "test"
    assert json.loads(command("tools", "search", "two times", "--bank", bank, "--json")[1]) == []


@pytest.mark.docker
@pytest.mark.model
def test_a_tool_is_called_in_the_sandbox(command, bank, docker_engine):
    assert json.loads(command("tools", "call", "double", '{"x": 21}', "--bank", bank)[1]) == 42
    status, _, err = command("tools", "call", "double", '{"y": 1}', "--bank", bank)
    assert status != 0
    assert "x" in err


@pytest.mark.docker
def test_a_result_is_strict_json_even_where_json_has_no_word_for_it(command, tmp_path, docker_engine):
    source = "import numpy as np\n\ndef odd(x: int):\n    return np.array([x, np.inf, np.nan])\n"
    tool = Tool(name="odd", description="Odd numbers.", source=source, function="odd")
    with ToolBank.open(tmp_path / "bank", encoder=ScriptedEncoder()) as opened:
        opened.add(tool)
    out = command("tools", "call", "odd", '{"x": 1}', "--bank", tmp_path / "bank")[1]
    assert json.loads(out, parse_constant=pytest.fail) == [1.0, "inf", "nan"]


def test_an_unknown_tool_and_arguments_that_are_no_object_are_refused(command, bank):
    assert "nothing" in command("tools", "show", "nothing", "--bank", bank)[2]
    assert "JSON object" in command("tools", "call", "double", "[1]", "--bank", bank)[2]


@pytest.mark.docker
def test_a_specification_file_runs_from_start_to_end(command, tmp_path, docker_engine):
    path = write(tmp_path / "toy.py", SPECIFICATION)
    arguments = ["evolve", path, "--inputs", "[1, 2]", "--evaluations", "30", "--samplers", "mutation"]
    status, out, err = command(*arguments, "--evaluators", "1", "--json")
    assert status == 0, err
    report = json.loads(out)
    assert report["evaluations"] == 30
    assert report["best"]["score"] >= report["initial_score"] == 2.5
    assert report["best"]["integrity"] == "in-process"
    shown = command("resume", report["directory"], "--evaluations", "40")[1]
    assert "budget of 40 evaluations used" in shown
    assert "What was active" in shown
    assert (tmp_path / report["directory"] / "report.html").exists()


@pytest.mark.slow
@pytest.mark.docker
def test_a_run_is_rescored_beside_the_old_one(command, tmp_path, docker_engine):
    path = write(tmp_path / "toy.py", SPECIFICATION)
    arguments = ["evolve", path, "--inputs", "[1, 2]", "--evaluations", "30", "--samplers", "mutation"]
    before = json.loads(command(*arguments, "--evaluators", "1", "--json")[1])
    path.write_text(SPECIFICATION.replace("return value(n)", "return -value(n)"))
    assert "has changed since this run began" in command("resume", before["directory"])[2]
    after = json.loads(command("rescore", before["directory"], "--json")[1])
    assert after["directory"] == f"{before['directory']}-rescored"
    assert after["evaluations"] == 30
    assert after["initial_score"] == -before["initial_score"]
    assert "holds a run of task" in command("rescore", before["directory"])[2]


@pytest.mark.docker
def test_a_program_is_scored_on_training_and_held_out_data(command, tmp_path, docker_engine):
    program = write(tmp_path / "p.py", "def priority(item, bins):\n    return -(bins - item)\n")
    status, out, _ = command("score", "bin_packing_or", program, "--json")
    assert status == 0
    scores = json.loads(out)
    assert round(-scores["held_out"]["score"], 2) == 5.37
    assert round(-scores["training"]["score"], 2) == 5.13
    marked = write(tmp_path / "m.py", "import funsearch\n@funsearch.evolve\n" + program.read_text())
    assert command("score", "bin_packing_or", marked)[0] == 0
    invalid = write(tmp_path / "i.py", "def priority(item, bins):\n    return [2**1023 * 2] * len(bins)\n")
    status, out, _ = command("score", "bin_packing_or", invalid)
    assert status == 1
    assert "invalid" in out
    wrong = write(tmp_path / "w.py", "def other():\n    return 1\n")
    status, out, _ = command("score", "bin_packing_or", wrong, "--json")
    assert status == 1
    told = json.loads(out)
    assert not told["valid"]
    assert told["score"] is None
    assert "'priority'" in told["reason"]


@pytest.mark.bubblewrap
def test_the_elites_of_a_run_and_what_its_novelty_filter_did_are_told(command, tmp_path, bubblewrap):
    path = write(tmp_path / "toy.py", SPECIFICATION)
    arguments = ["evolve", path, "--inputs", "[1, 2]", "--evaluations", "30", "--samplers", "mutation"]
    arguments += [
        "--evaluators",
        "1",
        "--sandbox",
        "bubblewrap",
        "--elite-share",
        "0.5",
        "--directory",
        "run",
    ]
    status, out, err = command(*arguments, "--novelty", "1.0")
    assert status == 0, err
    assert "50% of prompts show elites" in out
    assert "was on and never active" in out
    found = json.loads(command("elites", "run", "--measures", "length,cpu", "--json")[1])
    assert 1 < len(found["elites"]) <= found["programs"] <= 30
    best = max(elite["score"] for elite in found["elites"])
    assert f"{best:.6g}" in command("elites", "run")[1]
    assert "expected one of length, cpu, behaviour" in command("elites", "run", "--measures", "lenght")[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--strategies", "evolution,magic"], "magic"),
        (["--evaluations", "5", "--minutes", "1"], "found both"),
        (["--evaluations", "0"], "evaluations=0"),
        (["--samplers", "magic"], "'magic'"),
        (["--seeds", "0"], "seeds"),
    ],
)
def test_a_comparison_that_makes_no_sense_is_refused(command, arguments, message):
    status, _, err = command("compare", "bin_packing_or", "--samplers", "mutation", *arguments)
    assert status not in (0, None)
    assert message in err
    assert "Traceback" not in err


@pytest.mark.bubblewrap
def test_strategies_are_compared_and_a_second_call_runs_nothing_again(command, tmp_path, bubblewrap):
    path = write(tmp_path / "toy.py", SPECIFICATION)
    arguments = ["compare", path, "--inputs", "[1, 2]", "--evaluations", "12", "--samplers", "mutation"]
    arguments += ["--evaluators", "1", "--sandbox", "bubblewrap", "--strategies", "hill-climb,best-of-n"]
    status, out, err = command(*arguments, "--seeds", "1", "--directory", "contest")
    assert status == 0, err
    assert "intervals mean little" in out
    assert "<polygon" in (tmp_path / "contest" / "comparison.svg").read_text()
    journal = tmp_path / "contest" / "hill-climb-seed0" / "archive.sqlite"
    before = journal.stat().st_mtime_ns
    again = json.loads(command(*arguments, "--seeds", "1", "--directory", "contest", "--json")[1])
    assert [result["evaluations"] for result in again["results"]] == [12, 12]
    assert journal.stat().st_mtime_ns == before
    assert not (tmp_path / "runs").exists()
