"""Sandboxed outputs in, scores out; expected values never leave the trusted side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.cases import Case, TestSuite
from evaluators.evaluation import Evaluation, Evaluator, Integrity
from evaluators.folder_evaluator import FolderEvaluator
from evaluators.folder_settings import FolderError
from evaluators.specification_evaluator import SpecificationEvaluator
from evaluators.task_folder import TaskFolder, is_task_folder, read_folder
from evaluators.tool_evaluator import ToolEvaluator

if TYPE_CHECKING:
    from evaluators.test_generation import generate_tests

__all__ = [
    "Case",
    "Evaluation",
    "Evaluator",
    "FolderError",
    "FolderEvaluator",
    "Integrity",
    "SpecificationEvaluator",
    "TaskFolder",
    "TestSuite",
    "ToolEvaluator",
    "generate_tests",
    "is_task_folder",
    "read_folder",
]


def __getattr__(name: str) -> object:
    """Loads `generate_tests` when it is asked for: its input engine takes a quarter of a second to import."""
    if name == "generate_tests":
        from evaluators import test_generation

        return test_generation.generate_tests
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
