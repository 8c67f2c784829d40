"""Sandboxed outputs in, scores out; expected values never leave the trusted side."""

from evaluators.evaluation import Evaluation, Evaluator, Integrity
from evaluators.folder_evaluator import FolderEvaluator
from evaluators.folder_settings import FolderError
from evaluators.specification_evaluator import SpecificationEvaluator
from evaluators.task_folder import TaskFolder, is_task_folder, read_folder

__all__ = [
    "Evaluation",
    "Evaluator",
    "FolderError",
    "FolderEvaluator",
    "Integrity",
    "SpecificationEvaluator",
    "TaskFolder",
    "is_task_folder",
    "read_folder",
]
