"""Scores by a folder's own evaluator.py, in OpenEvolve's form, run beside the candidate in the sandbox.

The evaluator shares its process with the program that it scores: integrity "in-process". The cascade is run
from here, a request per stage, so that each stage has the time limit to itself.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from evaluators.evaluation import Evaluation, finite_number
from evaluators.task_folder import EVALUATOR, TaskFolder
from sandbox import CallResult, Limits, Outcome, Sandbox
from sandbox.interface import Session, Value

SCORE = "combined_score"
TIMEOUT = "evaluator.timeout in config.yaml"
FEEDBACK_CHARACTERS = 4_000
_ARTIFACT_CHARACTERS = 1_200
_TAIL_CHARACTERS = 600
_PREPARE_SECONDS = 60.0
_HERE = Path(__file__).parent
_HARNESS = (_HERE / "folder_harness.py").read_text(encoding="utf-8")
SUPPORT = {
    name: (_HERE / f"{name}.py").read_text(encoding="utf-8") for name in ("event_semaphore", "forked_python")
}


@dataclass(frozen=True)
class _Report:
    """What one stage, or several together, said.

    Attributes:
        metrics: Finite numbers by name.
        flags: Metrics that are true or false, as 1 and 0: thresholds count them, scores do not.
        words: Metrics that are neither, as texts.
        artifacts: Texts by name.
        failure: Why there is nothing else, empty where there is.
    """

    metrics: Mapping[str, float] = field(default_factory=dict)
    flags: Mapping[str, float] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    artifacts: Mapping[str, str] = field(default_factory=dict)
    failure: str = ""

    @property
    def numbers(self) -> Mapping[str, float]:
        """Metrics and flags."""
        return {**self.metrics, **self.flags}


class FolderEvaluator:
    """Runs `evaluate`, or the stages of a cascade, on each program.

    The score is the metric `combined_score`; where there is none, the mean of all numeric metrics but the
    feature dimensions, as OpenEvolve has it. The metrics that make the score are the tests of the
    evaluation, the others its measures. What cannot be scored is invalid, where OpenEvolve gives it 0.

    Args:
        box: Where the program and the evaluator run.
        folder: The task.
    """

    def __init__(self, box: Sandbox, folder: TaskFolder) -> None:
        self._box = box
        self._folder = folder
        self._files = {name: base64.b64encode(content).decode() for name, content in folder.files.items()}

    @property
    def limits(self) -> Limits:
        """What a program and the folder's evaluator may use together."""
        return Limits(
            wall_seconds=self._folder.settings.timeout,
            memory_bytes=4 << 30,
            output_bytes=1 << 20,
            stdout_bytes=64 << 10,
            processes=64,
            scratch_bytes=16 << 20,
        )

    def evaluate(self, source: str) -> Evaluation:
        """Returns the scores that the folder's evaluator gives to the program."""
        with self._box.session(_HARNESS, limits=self.limits) as session:
            course = _Course(session, self._folder)
            report = course.run([self._folder.name, self._files, source, EVALUATOR, SUPPORT])
        return replace(
            self._decoded(report, course.printed),
            cpu_seconds=course.cpu_seconds,
            peak_memory_bytes=course.peak_memory_bytes,
        )

    def _decoded(self, report: _Report, printed: str) -> Evaluation:
        failure = report.failure or self._why_no_score(report)
        words = {**report.words, **report.artifacts}
        if failure:
            return Evaluation.invalid(_feedback(failure, words, printed), "in-process")
        tests = _scored(report.metrics, self._folder)
        return Evaluation(
            score=tests[SCORE] if SCORE in tests else sum(score / len(tests) for score in tests.values()),
            scores_per_test=tests,
            integrity="in-process",
            feedback=_feedback("", words, printed if "error" in words else ""),
            measures={name: value for name, value in report.numbers.items() if name not in tests},
        )

    def _why_no_score(self, report: _Report) -> str:
        if SCORE in report.words:
            return f"{SCORE}: expected a finite number, found {report.words[SCORE]!r:.80}"
        if not report.metrics:
            found = ", ".join(f"{name}={value!r:.40}" for name, value in report.words.items()) or "none"
            return f"evaluator: expected at least one metric that is a finite number, found {found:.300}"
        return ""


class _Course:
    """One program on its way through the evaluator, and what it used so far."""

    def __init__(self, session: Session, folder: TaskFolder) -> None:
        self._session = session
        self._settings = folder.settings
        self._folder = folder
        self.cpu_seconds = 0.0
        self.peak_memory_bytes = 0
        self.printed = ""

    def run(self, layout: list[Value]) -> _Report:
        """Returns what the evaluator says of the program that `layout` brings."""
        prepared = self._call("prepare", layout, _PREPARE_SECONDS)
        if not prepared.ok:
            return _Report(failure=f"{EVALUATOR} cannot be imported: {prepared.error}")
        functions = prepared.value if isinstance(prepared.value, list) else []
        if self._settings.has_cascade and "evaluate_stage1" in functions:
            return self._cascade(functions)
        if "evaluate" not in functions:
            return _Report(failure=f"{EVALUATOR}: expected a function evaluate(program_path), found none")
        return self._stage("evaluate")

    def _cascade(self, functions: list[str]) -> _Report:
        """Returns the merged report of the stages that the program was good enough for."""
        report = self._stage("evaluate_stage1")
        for number, threshold in enumerate(self._settings.thresholds[:2], start=2):
            if report.failure or f"evaluate_stage{number}" not in functions:
                break
            score = _stage_score(report.numbers)
            if score < threshold:
                said = f"{score:.6g} after stage {number - 1}, stage {number} asks for {threshold:g}"
                return replace(report, artifacts={**report.artifacts, "cascade": said})
            later = self._stage(f"evaluate_stage{number}")
            if later.failure:
                failed = {**report.artifacts, **later.artifacts, f"stage{number}": later.failure}
                metrics = {**report.metrics, f"stage{number}_passed": 0.0}
                return replace(report, metrics=metrics, artifacts=failed)
            report = _merged(report, later)
        return report

    def _stage(self, function: str) -> _Report:
        result = self._call("run", [function], self._settings.timeout)
        if not result.ok:
            hint = f"; {TIMEOUT} sets the limit" if (result.error or "").startswith("timed_out") else ""
            return _Report(failure=f"{function}: {result.error}{hint}")
        value = result.value if isinstance(result.value, dict) else {}
        if "failure" in value:
            trace = {"traceback": str(value.get("traceback", ""))}
            return _Report(failure=f"{function}: {value['failure']}{_hint(value)}", artifacts=trace)
        numbers = {name: finite_number(number) for name, number in _dict(value, "metrics").items()}
        return _Report(
            metrics={name: number for name, number in numbers.items() if number is not None},
            flags={name: float(bool(flag)) for name, flag in _dict(value, "flags").items()},
            words={name: str(word) for name, word in _dict(value, "words").items()},
            artifacts={name: str(word) for name, word in _dict(value, "artifacts").items()},
        )

    def _call(self, function: str, arguments: list[Value], seconds: float) -> CallResult:
        outcome: Outcome = self._session.call_many(function, [arguments], wall_seconds=seconds)
        self.cpu_seconds += outcome.cpu_seconds
        self.peak_memory_bytes = max(self.peak_memory_bytes, outcome.peak_memory_bytes)
        self.printed = outcome.stdout
        return outcome.first()


def _hint(value: Mapping[str, Value]) -> str:
    """Returns a word on what no sandbox gives, where an evaluator asked for it."""
    trace = str(value.get("traceback", ""))
    asks_network = any(f"{name}.py" in trace for name in ("socket", "urllib/request", "http/client"))
    return " (the sandbox has no network)" if asks_network else ""


def _dict(value: Mapping[str, Value], name: str) -> Mapping[str, Value]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _merged(report: _Report, later: _Report) -> _Report:
    """Returns both stages' words; a metric named "error" tells of its own stage alone."""
    metrics = {name: value for name, value in {**report.numbers, **later.numbers}.items() if name != "error"}
    words, artifacts = {**report.words, **later.words}, {**report.artifacts, **later.artifacts}
    return _Report(metrics, words=words, artifacts=artifacts)


def _stage_score(metrics: Mapping[str, float]) -> float:
    """Returns what thresholds are compared with; nothing passes without metrics."""
    if SCORE in metrics:
        return metrics[SCORE]
    counted = [value for name, value in metrics.items() if name != "error"]
    return sum(counted) / len(counted) if counted else -float("inf")


def _scored(metrics: Mapping[str, float], folder: TaskFolder) -> dict[str, float]:
    """Returns the metrics that make the score."""
    if SCORE in metrics:
        return {SCORE: metrics[SCORE]}
    features = folder.settings.feature_dimensions
    return {name: value for name, value in metrics.items() if name not in features} or dict(metrics)


def _feedback(failure: str, words: Mapping[str, str], printed: str) -> str:
    """Returns what a better program should mind, within bounds."""
    parts = [failure] if failure else []
    parts += [f"{name}: {_ends(word, _ARTIFACT_CHARACTERS)}" for name, word in words.items() if word.strip()]
    if printed.strip():
        parts.append(f"printed: {printed.strip()[-_TAIL_CHARACTERS:]}")
    return "\n".join(parts)[:FEEDBACK_CHARACTERS]


def _ends(text: str, length: int) -> str:
    text = text.strip()
    return text if len(text) <= length else f"{text[: length // 3]} ... {text[-2 * length // 3 :]}"
