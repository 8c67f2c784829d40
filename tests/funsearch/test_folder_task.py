"""OpenEvolve's folders as tasks: found, loaded with their packages, evolved, scored and resumed."""

import contextlib
import itertools

import pytest

import funsearch
from funsearch import samplers
from funsearch.exceptions import RunError, SamplerError, TaskError
from funsearch.scorecard import score_program
from funsearch.task_loading import load_task
from funsearch.workers import InlineWorkers
from programs import BlockSpecification, Specification
from sandbox.scripted import ScriptedSandbox

PROGRAM = """# EVOLVE-BLOCK-START
LIMIT = 3.0


def f(x):
    return x + LIMIT
# EVOLVE-BLOCK-END
"""
EVALUATOR = "def evaluate(path):\n    return {'combined_score': 1.0}\n"


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "packing"
    place.mkdir()
    (place / "initial_program.py").write_text(PROGRAM)
    (place / "evaluator.py").write_text(EVALUATOR)
    return place


class NoisyBox(ScriptedSandbox):
    """Plays the harness: a score by the program's text, and a time that is never the same."""

    def __init__(self):
        self.times = itertools.count()
        self.program = ""
        super().__init__(self.play)

    def play(self, source, function, arguments):
        if function == "prepare":
            self.program = arguments[2]
            return ["evaluate"]
        score = float(sum(map(ord, self.program)) % 101)
        return {"metrics": {"combined_score": score + next(self.times) / 1e6, "time": next(self.times) / 7}}


@pytest.fixture
def box(monkeypatch):
    box = NoisyBox()
    monkeypatch.setattr(
        "funsearch.task_loading.open_sandbox", lambda name, *, packages: contextlib.nullcontext(box)
    )
    return box


def inline(task, config, box):
    built = {name: samplers.build(name, task.specification, config) for name in config.samplers}
    return InlineWorkers(built, task.training(box))


def evolve(folder, directory, evaluations=20):
    return funsearch.evolve(
        str(folder),
        directory=directory,
        bank=directory.parent / "bank",
        samplers=("mutation",),
        make_workers=inline,
        budget=funsearch.Budget(evaluations=evaluations),
    )


def test_a_folder_is_a_task(folder):
    task = load_task(str(folder))
    assert task.name == "packing"
    assert isinstance(task.specification, BlockSpecification)
    assert task.packages == ("numpy",)
    assert "300 s a program (OpenEvolve's default" in task.training_data


def test_a_single_function_takes_the_way_of_functions(folder):
    (folder / "initial_program.py").write_text(PROGRAM.replace("LIMIT = 3.0\n", ""))
    assert isinstance(load_task(str(folder)).specification, Specification)


def test_a_run_evolves_the_block_and_says_what_is_on(folder, tmp_path, box):
    run = evolve(folder, tmp_path / "run")
    assert run.progress.evaluations == 20
    assert run.best.score > run.initial_score
    assert run.best.integrity == "in-process"
    assert run.facts["evolves"] == "1 block, 5 lines"
    assert "continues single functions" in run.facts["sampler embedded"]
    assert run.promoted is None
    best = (tmp_path / "run" / "best.py").read_text()
    assert best.startswith("# EVOLVE-BLOCK-START\n")
    assert best.endswith("# EVOLVE-BLOCK-END\n")


def test_a_run_is_resumed_though_its_evaluator_never_says_the_same(folder, tmp_path, box):
    first = evolve(folder, tmp_path / "run")
    resumed = funsearch.resume(tmp_path / "run", budget=funsearch.Budget(evaluations=30), make_workers=inline)
    assert resumed.progress.evaluations == 30
    assert resumed.initial_score == first.initial_score


def test_a_run_whose_evaluator_was_changed_is_not_resumed(folder, tmp_path, box):
    evolve(folder, tmp_path / "run")
    (folder / "evaluator.py").write_text(EVALUATOR + "# stricter\n")
    with pytest.raises(RunError, match="has changed since this run began"):
        funsearch.resume(tmp_path / "run", budget=funsearch.Budget(evaluations=30), make_workers=inline)


def test_a_program_is_scored_with_or_without_marks(folder, box):
    card = score_program(load_task(str(folder)), "def f(x):\n    return 1\n", box)
    assert card.training.is_valid
    assert card.held_out is None


def test_the_embedded_model_is_left_out_and_refused_where_it_is_asked_for(folder, tmp_path, box):
    specification = load_task(str(folder)).specification
    assert "embedded" not in samplers.default_samplers(specification)
    with pytest.raises(SamplerError, match="continues single functions, and this task evolves a block"):
        samplers.check("embedded", specification)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("evaluator.py", "found initial_program.py without evaluator.py"),
        ("initial_program.py", "found evaluator.py without initial_program.py"),
    ],
)
def test_a_folder_that_lacks_a_file_is_refused(folder, missing, said):
    (folder / missing).unlink()
    with pytest.raises(TaskError, match=f"packing: expected initial_program.py and evaluator.py, {said}"):
        load_task(str(folder))


def test_a_folder_without_either_is_no_task(tmp_path):
    with pytest.raises(TaskError, match="nor a folder with initial_program.py and evaluator.py"):
        load_task(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("initial_program.py", "def f(:", "initial_program.py: expected Python"),
        ("evaluator.py", "def f(:", "evaluator.py: expected Python"),
        (
            "evaluator.py",
            "import no_such_library\n",
            "imports 'no_such_library', which is not installed here",
        ),
        (
            "config.yaml",
            "evaluator:\n  timeout: soon\n",
            "evaluator.timeout: expected a number above 0, found 'soon'",
        ),
        ("config.yaml", "evaluator:\n  cascade_thresholds: high\n", "expected numbers such as"),
        ("config.yaml", "evaluator:\n  cascade_evaluation: perhaps\n", "expected true or false"),
    ],
)
def test_files_that_cannot_be_used_are_named(folder, name, text, said):
    (folder / name).write_text(text)
    with pytest.raises(TaskError, match=said):
        load_task(str(folder))


def test_inputs_are_for_files(folder):
    with pytest.raises(TaskError, match="brings its own evaluator"):
        load_task(str(folder), (1,))


def test_packages_are_those_that_the_files_and_their_helpers_import(folder):
    (folder / "helper.py").write_text("import docker\n")
    (folder / "unused.py").write_text("import chromadb\n")
    (folder / "evaluator.py").write_text(
        "import os, helper\nfrom openevolve.evaluation_result import EvaluationResult\n"
        "try:\n    import no_such_library\nexcept ImportError:\n    pass\n"
        f"def draw():\n    import typer.main\n{EVALUATOR}"
    )
    assert load_task(str(folder)).packages == ("numpy", "docker", "typer")


def test_packages_are_also_those_that_requirements_and_comments_name(folder):
    (folder / "requirements.txt").write_text("typer>=0.1\nopenevolve\nno-such-library==3\n# rich\n")
    (folder / "evaluator.py").write_text('# /// script\n# dependencies = ["docker"]\n# ///\n' + EVALUATOR)
    assert load_task(str(folder)).packages == ("numpy", "docker", "typer")


def test_settings_of_other_sections_do_not_count(folder):
    (folder / "config.yaml").write_text(
        "timeout: 1\nllm:\n  timeout: 2\nprompt:\n  system_message: |\n    evaluator:\n      timeout: 3\n"
        "evaluator:  # ours\n  timeout: 20  # seconds\n  cascade_thresholds: [0.4,\n    0.6]\ndatabase:\n  timeout: 5\n"
    )
    (folder / "evaluator.py").write_text("def evaluate_stage1(path): ...\n" + EVALUATOR)
    task = load_task(str(folder))
    assert "at most 20 s a stage" in task.training_data
    assert task.own_cascade == "evaluate_stage1 of evaluator.py, with thresholds 0.4, 0.6 between them"
