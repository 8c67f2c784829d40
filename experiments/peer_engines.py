"""The engines of `make bench-peers`, each by its own command line: how it is started, resumed, and read.

Nothing of a peer is imported: it lives in an environment of its own, and what it did is read from what it
writes.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias

from experiments.curve_model import initial_program

WORKERS = 2
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Scored:
    """A program that was evaluated.

    Attributes:
        score: None where it has none.
        at: When it was stored or told, in seconds.
    """

    score: float | None
    at: float


Scores: TypeAlias = list[Scored]  # in the order of evaluation


@dataclass(frozen=True)
class Order:
    """What an engine is to do.

    Attributes:
        place: The directory of the run; the task's folder lies in it as "curve".
        endpoint: The address of the language model.
        evaluations: How many programs to evaluate, the initial one left out.
        time_limit: Seconds that one evaluation may take.
    """

    place: Path
    endpoint: str
    evaluations: int
    time_limit: float

    @property
    def task(self) -> Path:
        """The task's folder."""
        return self.place / "curve"


class Engine(Protocol):
    """An engine beside the others."""

    name: str
    sandbox: str

    def version(self) -> str:
        """Returns the version that is installed."""

    def command(self, order: Order) -> list[str]:
        """Returns the command that starts a run, after writing what it needs into the place."""

    def resume_command(self, order: Order) -> list[str] | None:
        """Returns the command that goes on with a killed run; None where nothing is left to go on from."""

    def scores(self, place: Path) -> Scores:
        """Returns the scores of what has been evaluated so far, in all lives of the run."""

    def kept(self, place: Path) -> int:
        """Returns how many of the evaluated programs a resumption finds."""


class Funsearch:
    """Ours, with the sandbox whose processes all descend from the driver, so that its cost is all seen."""

    name = "funsearch"
    sandbox = "bubblewrap"

    def version(self) -> str:
        return importlib.metadata.version("funsearch")

    def command(self, order: Order) -> list[str]:
        options = ["--samplers", "openai", "--evaluations", str(order.evaluations), "--sandbox", self.sandbox]
        options += ["--directory", str(order.place / "run"), *self._bank(order)]
        return [sys.executable, "-m", "service", "evolve", str(order.task), *options]

    def resume_command(self, order: Order) -> list[str] | None:
        return [sys.executable, "-m", "service", "resume", str(order.place / "run"), *self._bank(order)]

    def scores(self, place: Path) -> Scores:
        file = place / "run" / "archive.sqlite"
        return _query(file, "SELECT score, at FROM evaluations ORDER BY at, candidate")

    def kept(self, place: Path) -> int:
        return len(self.scores(place))

    def _bank(self, order: Order) -> list[str]:
        return ["--bank", str(order.place / "bank")]


class OpenEvolve:
    """OpenEvolve by `openevolve-run`, with its defaults but for whole programs in place of diffs.

    Args:
        python: The Python of its environment.
    """

    name = "openevolve"
    sandbox = "none"

    def __init__(self, python: Path) -> None:
        self._python = python

    def version(self) -> str:
        return installed(self._python, "openevolve")

    def command(self, order: Order) -> list[str]:
        configuration = order.place / "openevolve.yaml"
        configuration.write_text(openevolve_configuration(order))
        files = [str(order.task / name) for name in ("initial_program.py", "evaluator.py")]
        script = str(self._python.with_name("openevolve-run"))
        options = ["--config", str(configuration), "--output", str(order.place / "run")]
        return [script, *files, *options, "--iterations", str(order.evaluations)]

    def resume_command(self, order: Order) -> list[str] | None:
        checkpoint = _latest_checkpoint(order.place)
        if checkpoint is None:
            return None
        left = order.evaluations - self.kept(order.place)
        return [*self.command(order)[:-1], str(left), "--checkpoint", str(checkpoint)]

    def scores(self, place: Path) -> Scores:
        logs = sorted((place / "run" / "logs").glob("*.log"))
        return logged_scores("".join(log.read_text(errors="replace") for log in logs))

    def kept(self, place: Path) -> int:
        checkpoint = _latest_checkpoint(place)
        if checkpoint is None:
            return 0
        return int(json.loads((checkpoint / "metadata.json").read_text())["last_iteration"])


class Shinka:
    """ShinkaEvolve by `shinka_run`, without embeddings and summaries, which need other models than the stub.

    Args:
        python: The Python of its environment.
    """

    name = "shinka-evolve"
    sandbox = "none"

    def __init__(self, python: Path) -> None:
        self._python = python

    def version(self) -> str:
        return installed(self._python, "shinka-evolve")

    def command(self, order: Order) -> list[str]:
        task = order.place / "shinka"
        task.mkdir(exist_ok=True)
        (task / "initial.py").write_text(initial_program())
        (task / "evaluate.py").write_text(_SHINKA_EVALUATE.format(task=str(order.task)))
        settings = {
            "evo.llm_models": json.dumps([f"local/stub@{order.endpoint}"]),
            "evo.patch_types": '["full"]',
            "evo.patch_type_probs": "[1.0]",
            "evo.embedding_model": "null",
            "evo.meta_rec_interval": "null",
            "job.time": f"00:00:{order.time_limit:02.0f}",
        }
        options = ["--task-dir", str(task), "--results_dir", str(order.place / "run")]
        options += ["--num_generations", str(order.evaluations + 1)]  # the initial program is the first
        options += ["--max-evaluation-jobs", str(WORKERS), "--max-proposal-jobs", str(WORKERS)]
        for name, value in settings.items():
            options += ["--set", f"{name}={value}"]
        return [str(self._python.with_name("shinka_run")), *options]

    def resume_command(self, order: Order) -> list[str] | None:
        return self.command(order)

    def scores(self, place: Path) -> Scores:
        query = (
            "SELECT CASE WHEN correct THEN combined_score END, timestamp FROM programs WHERE generation > 0"
        )
        return _query(place / "run" / "programs.sqlite", f"{query} ORDER BY timestamp")

    def kept(self, place: Path) -> int:
        return len(self.scores(place))


_SHINKA_EVALUATE = """import argparse
import json
import pathlib
import sys

sys.path.insert(0, {task!r})
import evaluator

options = argparse.ArgumentParser()
options.add_argument("--program_path")
options.add_argument("--results_dir", type=pathlib.Path)
chosen, _ = options.parse_known_args()
metrics = evaluator.evaluate(chosen.program_path)
chosen.results_dir.mkdir(parents=True, exist_ok=True)
(chosen.results_dir / "metrics.json").write_text(json.dumps(metrics))
(chosen.results_dir / "correct.json").write_text(json.dumps({{"correct": True, "error": None}}))
"""
_OPENEVOLVE_CONFIGURATION = """max_iterations: {evaluations}
diff_based_evolution: false
llm:
  api_base: {endpoint}
  api_key: none
  models:
    - name: stub
      weight: 1.0
evaluator:
  timeout: {time_limit:g}
  parallel_evaluations: {workers}
  cascade_evaluation: false
"""
_ITERATION = re.compile(
    r"^(\S+ \S+) - .*Iteration \d+: Program \S+ .*completed in .*\n.*Metrics: (.*)", re.MULTILINE
)
_LOG_TIME = "%Y-%m-%d %H:%M:%S,%f"
_SCORE = re.compile(r"combined_score=(-?[\d.]+(?:e[-+]?\d+)?)")


def openevolve_configuration(order: Order) -> str:
    """Returns the text of OpenEvolve's config.yaml."""
    return _OPENEVOLVE_CONFIGURATION.format(
        evaluations=order.evaluations,
        endpoint=order.endpoint,
        time_limit=order.time_limit,
        workers=WORKERS,
    )


def logged_scores(log: str) -> Scores:
    """Returns the scores that OpenEvolve's log tells of, in their order."""
    return [_scored(at, metrics) for at, metrics in _ITERATION.findall(log)]


def _scored(at: str, metrics: str) -> Scored:
    score = _SCORE.search(metrics)
    return Scored(None if score is None else float(score[1]), datetime.strptime(at, _LOG_TIME).timestamp())


def installed(python: Path, distribution: str) -> str:
    """Returns the version of a distribution in another environment."""
    question = f"import importlib.metadata as m; print(m.version({distribution!r}))"
    asked = subprocess.run([str(python), "-c", question], check=True, capture_output=True, text=True)
    return asked.stdout.strip()


def environment(engine_path: Path, endpoint: str) -> dict[str, str]:
    """Returns the variables that an engine sees: none that point at another model than the stub."""
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    path = f"{engine_path.parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    keys = dict.fromkeys(("OPENAI_API_KEY", "LOCAL_OPENAI_API_KEY"), "none")
    return kept | keys | {"PATH": path, "PYTHONPATH": "", "OPENAI_BASE_URL": endpoint}


def _latest_checkpoint(place: Path) -> Path | None:
    """Returns the newest checkpoint of OpenEvolve that is whole."""
    found: Sequence[Path] = sorted(
        (place / "run" / "checkpoints").glob("checkpoint_*"), key=lambda path: int(path.name.split("_")[1])
    )
    whole = [path for path in found if (path / "metadata.json").exists()]
    return whole[-1] if whole else None


def _query(file: Path, query: str) -> Scores:
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as connection:
        try:
            return [Scored(score, at) for score, at in connection.execute(query)]
        except sqlite3.OperationalError:  # its tables are not there yet
            return []
