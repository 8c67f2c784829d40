"""A folder's own evaluator scores its programs, stage by stage, whatever it does or returns."""

import json

import pytest

from evaluators import FolderEvaluator, read_folder
from sandbox import SandboxUnavailable, open_sandbox

PROGRAM = "def value():\n    return 3\n"
LOADING = """
import importlib.util
from openevolve.evaluation_result import EvaluationResult

def load(path):
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
"""


@pytest.fixture(scope="module")
def bubblewrap():
    try:
        opened = open_sandbox("bubblewrap")
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with opened:
        yield opened


@pytest.fixture
def scored(tmp_path, bubblewrap):
    """Scores a program by an evaluator given as text."""

    def score(evaluator, program=PROGRAM, box=bubblewrap, **files):
        write(tmp_path, evaluator, **files)
        return FolderEvaluator(box, read_folder(tmp_path)).evaluate(program)

    return score


def write(folder, evaluator, **files):
    (folder / "initial_program.py").write_text(PROGRAM)
    (folder / "evaluator.py").write_text(LOADING + evaluator)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_the_combined_score_is_the_score_and_the_other_metrics_are_measures(scored, box):
    evaluation = scored(
        "def evaluate(path):\n    v = load(path).value()\n    return {'combined_score': v, 'length': 7}",
        box=box,
    )
    assert (evaluation.score, evaluation.measures) == (3.0, {"length": 7.0})
    assert evaluation.scores_per_test == {"combined_score": 3.0}
    assert evaluation.integrity == "in-process"
    assert evaluation.cpu_seconds > 0


def test_without_a_combined_score_the_mean_counts_and_feature_dimensions_do_not(scored):
    evaluator = "def evaluate(path):\n    return {'a': 1.0, 'b': 3, 'flag': True, 'size': 50, 'word': 'x'}"
    assert scored(evaluator).score == pytest.approx(18.0)
    configured = scored(
        evaluator, config__yaml="database:\n  feature_dimensions:\n    - size  # not a score\n"
    )
    assert (configured.score, configured.measures) == (2.0, {"size": 50.0, "flag": 1.0})


def test_artifacts_become_feedback_for_prompts(scored):
    evaluator = (
        "def evaluate(path):\n"
        "    return EvaluationResult(metrics={'combined_score': 1.0}, artifacts={'stderr': b'too slow', 'n': 3})"
    )
    assert scored(evaluator).feedback == "stderr: too slow\nn: 3"


STAGES = """
def evaluate_stage1(path):
    return {"combined_score": load(path).value() / 10, "error": 0.0, "first": 1.0}

def evaluate_stage2(path):
    return EvaluationResult(metrics={"combined_score": 0.8}, artifacts={"note": "second"})

def evaluate_stage3(path):
    raise ValueError("third")

def evaluate(path):
    raise AssertionError("a cascade does not call this")
"""


@pytest.mark.parametrize(
    ("value", "score", "said"),
    [
        (3, 0.3, "cascade: 0.3 after stage 1, stage 2 asks for 0.5"),
        (6, 0.8, "third"),
    ],
)
def test_a_program_goes_as_far_in_the_cascade_as_the_thresholds_let_it(scored, value, score, said):
    evaluation = scored(STAGES, f"def value():\n    return {value}\n")
    assert evaluation.score == score
    assert said in evaluation.feedback


def test_a_flag_lets_a_program_pass_a_threshold(scored):
    evaluator = "def evaluate_stage1(path):\n    return {'runs': True}\ndef evaluate_stage2(path):\n    return {'a': 0.5}\n"
    assert scored(evaluator).scores_per_test == {"runs": 1.0, "a": 0.5}
    assert not scored(evaluator.replace("True", "False")).is_valid


def test_thresholds_come_from_the_configuration(scored):
    settings = "evaluator:\n  cascade_thresholds: [0.2, 0.9]\n"
    evaluation = scored(STAGES, config__yaml=settings)
    assert evaluation.score == 0.8
    assert "0.8 after stage 2, stage 3 asks for 0.9" in evaluation.feedback


def test_a_cascade_can_be_switched_off(scored):
    evaluation = scored(STAGES, config__yaml="evaluator:\n  cascade_evaluation: false\n")
    assert "a cascade does not call this" in evaluation.feedback


def test_a_stage_that_hangs_leaves_the_score_of_the_stages_before(scored):
    hanging = STAGES.replace('raise ValueError("third")', "while True: pass")
    evaluation = scored(hanging, "def value():\n    return 9\n", config__yaml="evaluator:\n  timeout: 1\n")
    assert evaluation.score == 0.8
    assert "timed_out" in evaluation.feedback
    assert evaluation.measures["stage3_passed"] == 0.0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise RuntimeError('broken')", "evaluate: raised RuntimeError: broken"),
        ("raise SystemExit(3)", "evaluate: raised SystemExit: 3"),
        ("while True: pass", "timed_out"),
        ("return 'good'", "expected metrics as a dict, found str: 'good'"),
        ("return None", "expected metrics as a dict, found NoneType"),
        ("return {}", "expected at least one metric that is a finite number, found none"),
        (
            "return {'combined_score': float('nan'), 'a': 1}",
            "combined_score: expected a finite number, found 'nan'",
        ),
        (
            "return {'combined_score': 'high', 'a': 1}",
            "combined_score: expected a finite number, found 'high'",
        ),
        ("return {'metrics': {'combined_score': 1.0}}", "found metrics="),
        ("import os; os._exit(0)", "crashed"),
    ],
)
def test_what_cannot_be_scored_is_invalid_and_says_why(scored, body, said):
    evaluation = scored(f"def evaluate(path):\n    {body}\n", config__yaml="evaluator:\n  timeout: 1\n")
    assert not evaluation.is_valid
    assert said in evaluation.feedback
    assert evaluation.integrity == "in-process"


def test_floods_of_output_and_of_artifacts_are_cut(scored):
    evaluator = (
        "def evaluate(path):\n    print('x' * 10_000_000)\n"
        "    return EvaluationResult(metrics={'a': 1.0}, artifacts={f'a{i}': 'y' * 100_000 for i in range(99)})"
    )
    evaluation = scored(evaluator)
    assert evaluation.score == 1.0
    assert 1_000 < len(evaluation.feedback) <= 4_000


def test_the_evaluator_reads_and_writes_beside_itself(scored, box):
    evaluator = (
        "import json, pathlib, tempfile, helper\n"
        "def evaluate(path):\n"
        "    here = pathlib.Path(__file__).parent\n"
        "    pathlib.Path('result.txt').write_text('5')\n"
        "    with tempfile.NamedTemporaryFile() as file:\n"
        "        file.write(b'x')\n"
        "    data = json.loads((here / 'data.json').read_text())\n"
        "    return {'a': helper.twice(data[0]) + int((here / 'result.txt').read_text())}"
    )
    files = {"helper__py": "def twice(x):\n    return 2 * x\n", "data__json": json.dumps([4])}
    assert scored(evaluator, box=box, **files).score == 13.0


def test_settings_and_hidden_files_stay_at_home(tmp_path):
    write(tmp_path, "", config__yaml="llm:\n  api_key: secret\n", config_two__yaml="a: 1\n", data__json="[]")
    (tmp_path / ".env").write_text("KEY=secret")
    assert sorted(read_folder(tmp_path).files) == ["data.json", "evaluator.py", "initial_program.py"]


def test_large_files_are_left_out_and_named(tmp_path):
    write(tmp_path, "")
    (tmp_path / "big.bin").write_bytes(bytes(3 << 20))
    folder = read_folder(tmp_path)
    assert folder.left_out == ("big.bin",)
    assert "big.bin" not in folder.files


def test_the_same_program_scores_the_same_where_chance_is_at_work(scored):
    evaluator = (
        "import random\nimport numpy as np\n"
        "def evaluate(path):\n    return {'a': random.random(), 'b': float(np.random.rand())}"
    )
    first, second = scored(evaluator), scored(evaluator)
    assert first.scores_per_test == second.scores_per_test
    assert first.scores_per_test["a"] != first.scores_per_test["b"]
