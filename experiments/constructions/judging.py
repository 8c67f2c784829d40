"""A refused construction is an invalid one: a value, with the reason, as a program that fails is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from evaluators import Evaluation
from experiments.constructions.exact_json import ConstructionRefused

Judge = Callable[[Any], Evaluation]


def judged(judge: Judge) -> Judge:
    """Returns the judge, with what it refuses as an invalid evaluation."""

    def judge_or_refuse(construction: Any) -> Evaluation:  # noqa: ANN401 - JSON
        try:
            return judge(construction)
        except ConstructionRefused as refused:
            return Evaluation.invalid(str(refused))

    return judge_or_refuse
