"""The README's example does what it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def run_example(number: int, folder: Path) -> str:
    """Returns what the README's Python example of that number prints, run in a folder."""
    examples = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    script = folder / "example.py"
    script.write_text(examples[number])
    done = subprocess.run([sys.executable, script], cwd=folder, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.docker
@pytest.mark.model
def test_the_example_of_a_run_runs(tmp_path, docker_engine):
    assert "def priority(item" in run_example(0, tmp_path)
    assert (tmp_path / "runs" / "bin_packing_or-seed0" / "best.py").exists()


@pytest.mark.model
def test_the_example_of_the_tool_bank_runs(tmp_path):
    outcome, found, probability, tools, vowels = run_example(1, tmp_path).splitlines()
    assert (outcome, found, vowels) == ("added", "count_vowels", "8")
    assert 0 < float(probability) < 1
    assert "'parameters': {'type': 'object'" in tools


@pytest.mark.model
def test_the_example_of_a_chat_gives_a_typed_answer(tmp_path):
    assert re.match(r"year=\d+ month=\d+ day=\d+ Usage\(", run_example(4, tmp_path))


@pytest.mark.model
@pytest.mark.slow
def test_the_example_of_a_request_ends_in_a_state(tmp_path):
    last = run_example(2, tmp_path).splitlines()[-1]
    assert last.split()[0] in ("SUCCEEDED", "FAILED")  # with the embedded model, which plans badly


def test_the_example_of_a_plan_runs(tmp_path):
    assert run_example(3, tmp_path) == "13 ['tool', 'tool', 'tool', 'tool']\n"
