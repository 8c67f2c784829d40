"""What a task's programs may import: named by the task or the file, checked before anything runs."""

import json

import pytest

import funsearch
from funsearch.exceptions import RunError, TaskError
from funsearch.script_metadata import packages_of
from funsearch.task_loading import load_task, open_sandbox_for
from tool_bank import ToolBank

BLOCK = "# /// script\n# dependencies = {}\n# ///\n"
SPECIFICATION = '''"""A toy that needs a package."""
import funsearch
import idna


@funsearch.run
def evaluate(n):
    return value(n) + len(idna.encode("ä"))


@funsearch.evolve
def value(x):
    """Returns a number."""
    return x + 1
'''


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "toy.py"

    def written(dependencies):
        block = "" if dependencies is None else BLOCK.format(json.dumps(dependencies))
        path.write_text(block + SPECIFICATION)
        return str(path)

    return written


def evolve(task, directory, **settings):
    settings = {"samplers": ("mutation",), "inputs": (1,), "sandbox": "docker", "evaluators": 1, **settings}
    places = {"directory": directory, "bank": directory.parent / "bank"}
    return funsearch.evolve(task, budget=funsearch.Budget(evaluations=8), **places, **settings)


def test_a_file_names_its_packages_in_a_comment_and_has_numpy_if_it_names_none(file):
    assert load_task(file(["idna", "numpy"]), (1,)).packages == ("idna", "numpy")
    assert load_task(file([]), (1,)).packages == ()
    assert load_task(file(None), (1,)).packages == ("numpy",)
    assert load_task("bin_packing_or").packages == ("numpy",)


def test_other_lines_of_the_comment_and_other_comments_change_nothing():
    text = '# /// script\n# requires-python = ">=3.11"\n#\n# dependencies = [\n#   "a",\n#   "b-c",\n# ]\n# ///\n'
    assert packages_of("#!/usr/bin/env python\n" + text + "# dependencies = ['z']\n") == ("a", "b-c")
    assert packages_of("# dependencies = ['z']\n") is None


@pytest.mark.parametrize(
    ("dependencies", "told"),
    [
        (["numpy>=2"], "without versions.*numpy>=2"),
        ("numpy", "plain names.*'numpy'"),
        ([1], "plain names"),
        (["../etc"], "plain names"),
    ],
)
def test_anything_but_plain_names_is_refused(file, dependencies, told):
    with pytest.raises(TaskError, match=rf"toy\.py: .*{told}"):
        load_task(file(dependencies), (1,))


def test_a_comment_that_is_no_toml_or_stands_there_twice_is_refused():
    with pytest.raises(TaskError, match="TOML"):
        packages_of(BLOCK.format("[") + "\n")
    with pytest.raises(TaskError, match="found 2"):
        packages_of(BLOCK.format("[]") + "\n" + BLOCK.format("[]"))


def test_a_package_that_is_not_installed_is_told_before_anything_runs(file, tmp_path):
    with pytest.raises(TaskError, match="task 'toy': .*no-such-package.*pip install"):
        evolve(file(["no-such-package"]), tmp_path / "run")
    assert not list((tmp_path / "run").iterdir())


@pytest.mark.docker
def test_a_program_that_lacks_a_package_is_told_where_to_name_it(file, tmp_path, docker_engine):
    with pytest.raises(RunError, match="No module named 'idna'.*the sandbox has numpy.*# /// script"):
        evolve(file(None), tmp_path / "run")


@pytest.mark.slow
@pytest.mark.docker
def test_a_run_and_its_resumption_have_the_packages_that_the_file_names(file, tmp_path, docker_engine):
    run = evolve(file(["idna"]), tmp_path / "run")
    assert run.facts["packages"] == "idna"
    assert run.best.score >= run.initial_score == 2 + 7
    resumed = funsearch.resume(
        tmp_path / "run", budget=funsearch.Budget(evaluations=16), bank=tmp_path / "bank"
    )
    assert resumed.progress.evaluations == 16


@pytest.mark.docker
def test_only_the_packages_named_are_in_the_sandbox(file, docker_engine):
    source = "import importlib\n\n\ndef found(name):\n    return importlib.import_module(name).__name__\n"
    with open_sandbox_for(load_task(file(["idna"]), (1,)), "docker") as box:
        named, other = box.call(source, "found", [["idna"], ["numpy"]]).results
    assert named.value == "idna"
    assert "No module named 'numpy'" in other.error


@pytest.mark.docker
def test_a_promoted_tool_remembers_its_packages_and_is_called_with_them(file, tmp_path, docker_engine):
    from dataclasses import replace

    from funsearch.promotion import Winner, promote
    from funsearch.task import ToolCard

    task = replace(load_task(file(["idna"]), (1,)), tool=ToolCard("toy", "Adds."))
    winner = Winner(
        task.specification.program.text, "def value(x):\n    return x + 1", 2.0, None, "docker", {}
    )
    assert promote(task, winner, 1.0, tmp_path / "bank").version
    with ToolBank.open(tmp_path / "bank") as bank:
        assert bank.get("toy").packages == ("idna",)
        assert bank.call("toy", {"x": 1}) == 2
