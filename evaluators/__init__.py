"""Sandboxed outputs in, scores out; expected values never leave the trusted side."""

from evaluators.evaluation import Evaluation, Evaluator, Integrity
from evaluators.specification_evaluator import SpecificationEvaluator

__all__ = ["Evaluation", "Evaluator", "Integrity", "SpecificationEvaluator"]
