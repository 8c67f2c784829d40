"""The Makefile lists its targets, set-up refuses what it cannot use, and CI sees a skipped Docker test."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = sorted((ROOT / "scripts").glob("*.sh"))

REPORT = """<testsuites><testsuite name="pytest">
<testcase classname="tests.sandbox.test_pool" name="test_it_answers[a.b::c]" time="0.1" />
<testcase classname="tests.sandbox.test_pool" name="test_it_dies"><failure message="no" /></testcase>
<testcase classname="tests.sandbox.test_pool" name="test_it_waits"><skipped message="no engine" /></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def complaints() -> Callable[[str, str], list[str]]:
    check: Callable[[str, str], list[str]] = runpy.run_path(str(ROOT / "scripts/docker_tests_ran.py"))[
        "complaints"
    ]
    return check


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # A make around these tests would hand its own options and variables to the make inside them.
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )


def test_docker_tests_that_ran_are_no_complaint(complaints: Callable[[str, str], list[str]]) -> None:
    collected = (
        "tests/sandbox/test_pool.py::test_it_answers[a.b::c]\n"
        "tests/sandbox/test_pool.py::test_it_dies\n"
        "\n2/40 tests collected (38 deselected) in 0.40s\n"
    )
    assert complaints(REPORT, collected) == []


def test_a_skipped_docker_test_is_a_complaint_with_its_reason(
    complaints: Callable[[str, str], list[str]],
) -> None:
    collected = "tests/sandbox/test_pool.py::test_it_waits\n"
    assert complaints(REPORT, collected) == ["tests.sandbox.test_pool.test_it_waits: skipped: no engine"]


def test_a_docker_test_that_is_not_in_the_report_is_a_complaint(
    complaints: Callable[[str, str], list[str]],
) -> None:
    assert complaints(REPORT, "tests/test_a.py::test_b\n") == ["tests.test_a.test_b: not in the report"]


def test_a_run_without_any_docker_test_is_a_complaint(complaints: Callable[[str, str], list[str]]) -> None:
    assert complaints(REPORT, "no tests collected (40 deselected) in 0.40s\n") == ["no test is marked docker"]


def test_make_alone_lists_every_public_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert {"setup", "evolve", "test", "test-all", "lint", "bench", "docker", "image", "model"} <= targets
    listed = set(re.findall(r"^  ([a-z-]+) ", run("make").stdout, re.MULTILINE))
    assert listed == targets


def test_make_hands_its_variables_to_evolve() -> None:
    shown = run(
        "make", "-n", "evolve", "TASK=caps", "MINUTES=2", "SEED=7", "SANDBOX=bubblewrap", "ARGS=--json"
    ).stdout
    line = "funsearch evolve caps --minutes 2 --seed 7 --sandbox bubblewrap --json"
    assert line in shown
    assert "start_docker.sh" not in shown  # bubblewrap was asked for; the control is below


def test_make_evolve_brings_up_docker_unless_told_otherwise() -> None:
    assert "start_docker.sh --or-bubblewrap" in run("make", "-n", "evolve", "SANDBOX=auto").stdout
    assert "--or-bubblewrap" not in run("make", "-n", "evolve", "SANDBOX=docker").stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_sound_posix_shell(script: Path) -> None:
    checked = run("sh", "-n", str(script))
    assert checked.returncode == 0, checked.stderr


def test_set_up_refuses_an_old_python_by_name(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\n[ $1 = --version ] && echo Python 3.9.2 && exit 0\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    tried = in_empty_checkout(tmp_path, "make_venv.sh", PYTHON=str(old))
    assert tried.returncode == 1
    assert f"PYTHON={old} is no Python of 3.11 or newer (Python 3.9.2)" in tried.stderr


def test_set_up_says_how_to_get_a_missing_venv(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text('#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\n', encoding="utf-8")
    bare.chmod(0o755)
    tried = in_empty_checkout(tmp_path, "make_venv.sh", PYTHON=str(bare))
    assert tried.returncode == 1
    assert "apt-get install python3-venv" in tried.stderr


def test_no_engine_and_no_way_to_get_one_is_an_error_or_bubblewrap(tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    strict = in_empty_checkout(tmp_path, "start_docker.sh", **nowhere)
    assert (strict.returncode, strict.stderr.count("\n")) == (1, 1)
    assert "does not answer" in strict.stderr
    lenient = in_empty_checkout(tmp_path, "start_docker.sh --or-bubblewrap", **nowhere)
    assert (lenient.returncode, lenient.stderr) == (0, "")
    assert lenient.stdout.endswith("Going on with bubblewrap as the sandbox.\n")


def in_empty_checkout(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of ours from a folder that has nothing but the scripts."""
    shutil.copytree(ROOT / "scripts", folder / "scripts", dirs_exist_ok=True)
    return run("sh", "-c", f'cd "{folder}" && sh scripts/{command}', **environment)
