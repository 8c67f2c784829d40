"""Runs from start to end, without Ray: directories, locks, resumption, promotion."""

import json

import pytest

import funsearch
from funsearch import run_directory, samplers
from funsearch.conclusion import Run
from funsearch.exceptions import FunsearchError, RunError, TaskError, WorkersLost
from funsearch.task_loading import load_task, task_names
from funsearch.workers import InlineWorkers

from .conftest import RUNNABLE, SPECIFICATION_TEXT

pytestmark = pytest.mark.usefixtures("scripted_sandbox")


@pytest.fixture
def task_file(tmp_path):
    path = tmp_path / "toy.py"
    path.write_text(RUNNABLE)
    return str(path)


def inline(task, config, box):
    built = {name: samplers.build(name, task.specification, config) for name in config.samplers}
    return InlineWorkers(built, task.training(box))


def evolve(task_file, directory, **settings) -> Run:
    settings = {"samplers": ("mutation",), "inputs": (0, 1), "make_workers": inline, **settings}
    settings.setdefault("budget", funsearch.Budget(evaluations=40))
    return funsearch.evolve(task_file, directory=directory, bank=directory.parent / "bank", **settings)


def test_a_run_leaves_its_archive_its_configuration_and_its_best_program(task_file, tmp_path):
    run = evolve(task_file, tmp_path / "run")
    assert run.is_finished
    assert run.progress.evaluations == 40
    assert run.best.score >= run.initial_score
    assert run.best.integrity == "in-process"
    assert run.promoted is None  # a specification file makes no tool
    assert (tmp_path / "run" / "best.py").read_text() == run.best.source
    assert json.loads((tmp_path / "run" / "config.json").read_text())["seed"] == 0
    assert run.facts["sampler mutation"].startswith("syntax tree mutation")


def test_a_run_is_resumed_with_a_larger_budget(task_file, tmp_path):
    evolve(task_file, tmp_path / "run")
    resumed = funsearch.resume(tmp_path / "run", budget=funsearch.Budget(evaluations=60), make_workers=inline)
    assert resumed.progress.evaluations == 60


def test_a_directory_that_holds_a_run_is_refused_with_the_way_to_resume_it(task_file, tmp_path):
    evolve(task_file, tmp_path / "run")
    before = (tmp_path / "run" / "config.json").read_text()
    with pytest.raises(RunError, match=r"toy\.py.*funsearch resume"):
        evolve(task_file, tmp_path / "run", seed=5)
    assert (tmp_path / "run" / "config.json").read_text() == before


def test_a_directory_with_other_files_is_left_alone(task_file, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("dear")
    with pytest.raises(RunError, match="other files"):
        evolve(task_file, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_a_path_that_cannot_be_a_directory_is_refused(task_file, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        evolve(task_file, tmp_path / "file" / "run")


def test_a_run_in_use_is_refused(task_file, tmp_path):
    evolve(task_file, tmp_path / "run")
    with run_directory.locked(tmp_path / "run"), pytest.raises(RunError, match="another process"):
        funsearch.resume(tmp_path / "run", make_workers=inline)


def test_a_refused_resumption_changes_nothing(task_file, tmp_path):
    evolve(task_file, tmp_path / "run")
    before = (tmp_path / "run" / "config.json").read_text()
    with run_directory.locked(tmp_path / "run"), pytest.raises(RunError):
        funsearch.resume(tmp_path / "run", budget=funsearch.Budget(evaluations=7), make_workers=inline)
    assert (tmp_path / "run" / "config.json").read_text() == before


def test_a_run_that_cannot_start_leaves_nothing_in_the_way(task_file, tmp_path):
    def broken(task, config, box):
        raise WorkersLost("no workers today")

    with pytest.raises(WorkersLost):
        evolve(task_file, tmp_path / "run", make_workers=broken)
    assert evolve(task_file, tmp_path / "run").is_finished


def test_a_configuration_that_does_not_fit_the_journal_is_refused(task_file, tmp_path):
    evolve(task_file, tmp_path / "run", archive=funsearch.ArchiveConfig(opening_evaluations=10))
    path = tmp_path / "run" / "config.json"
    config = json.loads(path.read_text())
    for change in ({"archive": {**config["archive"], "islands": 1}}, {"samplers": ["openai"]}):
        path.write_text(json.dumps({**config, **change}))
        with pytest.raises(FunsearchError, match=r"config\.json|openai"):
            funsearch.resume(path.parent, budget=funsearch.Budget(evaluations=60), make_workers=inline)
    for change in ({"evaluators": 0}, {"samplers": ["mutation", "mutation"]}, {"budget": {"minutes": 0}}):
        path.write_text(json.dumps({**config, **change}))
        with pytest.raises(RunError, match=r"config\.json"):
            funsearch.resume(path.parent, make_workers=inline)


def test_a_damaged_journal_is_told_by_its_name(task_file, tmp_path):
    evolve(task_file, tmp_path / "run")
    path = tmp_path / "run" / "archive.sqlite"
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 20_000)
    with pytest.raises(RunError, match=r"archive\.sqlite"):
        funsearch.resume(tmp_path / "run", budget=funsearch.Budget(evaluations=60), make_workers=inline)


def test_a_run_can_be_resumed_from_another_directory(task_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evolve("toy.py", tmp_path / "run")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    budget = funsearch.Budget(evaluations=50)
    assert funsearch.resume(tmp_path / "run", budget=budget, make_workers=inline).is_finished


def test_a_directory_without_a_run_cannot_be_resumed(tmp_path):
    with pytest.raises(RunError, match="funsearch runs"):
        funsearch.resume(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError, match="task"):
        funsearch.resume(tmp_path)


def test_a_run_whose_task_changed_meanwhile_is_not_continued(task_file, tmp_path):
    evolve(task_file, tmp_path / "run")
    (tmp_path / "toy.py").write_text(RUNNABLE.replace("x + 1", "x + 2"))
    with pytest.raises(RunError, match="has changed"):
        funsearch.resume(tmp_path / "run", budget=funsearch.Budget(evaluations=60), make_workers=inline)


def test_settings_that_do_not_exist_are_refused(task_file, tmp_path):
    with pytest.raises(TypeError, match="originality"):
        evolve(task_file, tmp_path / "run", originality=0.5)
    assert not (tmp_path / "run").exists()


def test_tasks_are_found_by_name_or_file_and_anything_else_is_refused(tmp_path):
    assert "bin_packing_or" in task_names()
    assert load_task("bin_packing_or").name == "bin_packing_or"
    with pytest.raises(TaskError, match="bin_packing_or"):
        load_task("bin_paking")
    with pytest.raises(TaskError, match="its own data"):
        load_task("bin_packing_or", (1,))
    broken = tmp_path / "broken.py"
    broken.write_text("def f(:\n")
    with pytest.raises(TaskError, match=r"broken\.py.*line 1"):
        load_task(str(broken))
    broken.write_text(SPECIFICATION_TEXT)
    with pytest.raises(TaskError, match=r"@funsearch\.run"):
        load_task(str(broken))
    broken.write_text(RUNNABLE)
    with pytest.raises(TaskError, match="--inputs"):
        load_task(str(broken))


def test_the_marks_of_specification_files_change_nothing():
    def f(x):
        return x

    assert funsearch.run(f) is funsearch.evolve(f) is funsearch.verify(f) is f


def test_free_directories_do_not_collide(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = run_directory.free_directory("bin_packing_or", 3)
    assert str(first) == "runs/bin_packing_or-seed3"
    first.mkdir(parents=True)
    assert run_directory.free_directory("bin_packing_or", 3) == first  # empty: no run is there
    (first / "config.json").write_text("{}")
    assert str(run_directory.free_directory("bin_packing_or", 3)) == "runs/bin_packing_or-seed3-2"


def test_a_screening_that_leaves_nothing_to_screen_for_is_refused(tmp_path):
    file = tmp_path / "toy.py"
    file.write_text(
        "import funsearch\n\n\n@funsearch.run\ndef score(n):\n    return f(n)\n\n\n"
        "@funsearch.evolve\ndef f(n):\n    return n\n"
    )
    assert load_task(str(file), (1, 2, 3), (1, 0.5)).screening.at_least == 0.5
    assert load_task(str(file), (1, 2, 3)).screening is None
    for first in (0, 3, 4):
        with pytest.raises(TaskError, match="expected 1 or more, but not all"):
            load_task(str(file), (1, 2, 3), (first, 0.5))
    with pytest.raises(TaskError, match="its own cascade"):
        load_task("bin_packing_or", (), (1, 0.5))
