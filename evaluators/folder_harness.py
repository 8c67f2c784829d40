"""Runs a task folder's own evaluator on a program, in OpenEvolve's form. Runs inside the sandbox.

The trusted side never imports this: it sends the text. So the standard library is all that it may use, and
nothing that it says is evidence (integrity "in-process").
"""

from __future__ import annotations

import base64
import importlib
import importlib.util
import math
import os
import random
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

_LONGEST_TEXT = 4_000
_MOST_ENTRIES = 200
_loaded: dict[str, ModuleType] = {}
_program: list[str] = []
_uses_chance: list[bool] = []
_home = [os.getcwd()]


class _Misfit(TypeError):
    """The evaluator returned what no evaluator may."""


@dataclass
class EvaluationResult:
    """What evaluators import as `openevolve.evaluation_result.EvaluationResult`, as far as they use it."""

    metrics: dict[str, Any]
    artifacts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, metrics: dict[str, Any]) -> EvaluationResult:
        """Returns a result without artifacts."""
        return cls(metrics)

    def to_dict(self) -> dict[str, Any]:
        """Returns the metrics."""
        return self.metrics

    def has_artifacts(self) -> bool:
        """Returns whether there are any."""
        return bool(self.artifacts)

    def get_artifact_keys(self) -> list[str]:
        """Returns the names of the artifacts."""
        return list(self.artifacts)

    def get_artifact_size(self, key: str) -> int:
        """Returns the bytes of one artifact, 0 where there is none."""
        value = self.artifacts.get(key, "")
        return len(value if isinstance(value, bytes) else str(value).encode())

    def get_total_artifact_size(self) -> int:
        """Returns the bytes of all artifacts."""
        return sum(map(self.get_artifact_size, self.artifacts))


def prepare(
    folder: str, files: dict[str, str], program: str, evaluator: str, support: dict[str, str]
) -> list[str]:
    """Lays the folder out, imports its evaluator and returns the names of its functions that score.

    Args:
        folder: Name of the folder.
        files: Its files by relative path, in base64.
        program: The program's text.
        evaluator: Name of the file that scores.
        support: Modules that let Python start Python here: their texts by name.
    """
    [home] = _home
    place = os.path.join(home, "task", folder)
    contents = {name: base64.b64decode(content) for name, content in files.items()}
    for name, content in contents.items():
        _write(os.path.join(place, name), content)
    path = os.path.join(home, "candidate", "program.py")
    _write(path, program.encode())
    _program[:] = [path]
    _uses_chance.append(any(b"random" in text for text in (program.encode(), *contents.values())))
    _make_temporary_folder(os.path.join(home, "tmp"))
    _let_python_start_python(home, support)
    sys.path.insert(0, place)
    os.chdir(place)
    _provide_openevolve()
    sys.argv = [evaluator]
    _loaded["evaluator"] = module = _import("evaluation_module", os.path.join(place, evaluator))
    return [name for name in ("evaluate", *_stages()) if callable(getattr(module, name, None))]


def _stages() -> list[str]:
    return [f"evaluate_stage{number}" for number in (1, 2, 3)]


def run(function: str) -> dict[str, Any]:
    """Returns what one of the evaluator's functions says of the program, or how it failed."""
    _seed()
    try:
        result = getattr(_loaded["evaluator"], function)(*_program)
        metrics, artifacts = _parts(result)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - an evaluator may even exit
        return _failure(error)
    numbers = {_text(name): number for name, value in metrics if (number := _number(value)) is not None}
    flags = {_text(name): bool(value) for name, value in metrics if _is_flag(value)}
    others = [(name, value) for name, value in metrics if _number(value) is None and not _is_flag(value)]
    words = {_text(name): _text(value) for name, value in others}
    artifacts_shown = {_text(name): _text(value) for name, value in artifacts}
    return {"metrics": numbers, "flags": flags, "words": words, "artifacts": artifacts_shown}


def _failure(error: BaseException) -> dict[str, Any]:
    """Returns what went wrong and, where it did in the evaluator's own code, the way there."""
    if isinstance(error, _Misfit):
        return {"failure": _text(error)}
    trace = error.__traceback__ and error.__traceback__.tb_next  # `run` itself says nothing
    shown = "".join(traceback.format_tb(trace))
    return {"failure": _text(f"raised {type(error).__name__}: {error}"), "traceback": _text(shown)}


def _seed() -> None:
    """Makes the global random state the same in every evaluation."""
    if _uses_chance[0]:
        random.seed(0)
        if "numpy" in sys.modules:
            importlib.import_module("numpy.random").seed(0)


def _parts(result: object) -> tuple[list[tuple[Any, Any]], list[tuple[Any, Any]]]:
    """Returns metrics and artifacts; raises TypeError for what is neither a dict nor a result."""
    metrics = _entries("metrics", getattr(result, "metrics", result))
    return metrics, _entries("artifacts", getattr(result, "artifacts", None) or {})


def _entries(name: str, found: object) -> list[tuple[Any, Any]]:
    if not isinstance(found, Mapping):
        kind = type(found).__name__
        raise _Misfit(f"expected {name} as a dict, found {kind}: {_text(found)[:80]!r}")
    return list(found.items())[:_MOST_ENTRIES]


def _is_flag(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")


def _number(value: object) -> float | None:
    """Returns a finite number as a float (numpy's too); None for anything else, flags included."""
    if _is_flag(value):
        return None
    if not isinstance(value, int | float) and not callable(getattr(value, "item", None)):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    """Returns any value as a text of bounded length; of a long one the two ends."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = text.replace(f"{_home[0]}/", "").encode("utf-8", "replace").decode()  # the same in every process
    half = _LONGEST_TEXT // 2
    return text if len(text) <= _LONGEST_TEXT else f"{text[:half]}\n...\n{text[-half:]}"


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(content)


def _make_temporary_folder(path: str) -> None:
    os.makedirs(path)
    os.environ.update(TMPDIR=path, HOME=path)
    tempfile.tempdir = None


def _let_python_start_python(home: str, support: dict[str, str]) -> None:
    for name, text in support.items():
        _write(os.path.join(home, "support", f"{name}.py"), text.encode())
    semaphore, python = (
        _import(name, os.path.join(home, "support", f"{name}.py")) for name in sorted(support)
    )
    semaphore.install()
    python.install(home)


def _provide_openevolve() -> None:
    """Puts in place what evaluators import of openevolve; the real one is not here."""
    package, module = ModuleType("openevolve"), ModuleType("openevolve.evaluation_result")
    package.__path__ = []
    for place in (package, module):
        place.EvaluationResult = EvaluationResult  # type: ignore[attr-defined]
    package.evaluation_result = module  # type: ignore[attr-defined]
    sys.modules.update({"openevolve": package, "openevolve.evaluation_result": module})


def _import(name: str, path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path}: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
