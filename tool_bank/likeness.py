"""Likeness: whether one tool does what another does, shown by their answers to shared inputs."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from programs.comparison import answer_key
from tool_bank.links import Link, links, literal_defaults
from tool_bank.nearby import inputs_nearby
from tool_bank.tool import Tool
from tool_bank.tool_tests import ToolTest
from tool_bank.trial import Answer, Trial

LEAST_INPUTS = 4  # different ones
LEAST_BITS = (
    10.0  # of information in the answers that agree: ten fair yes-or-no questions, or five of five values
)

ENOUGH_ERRORS = 12  # inputs near the tests' that one of them fails on: they may be slow, and say nothing

Arguments = Mapping[str, Any]


class Likeness:
    """Compares tools; an answer once given is not asked for again."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._answers: dict[tuple[str, str], Answer] = {}

    def link(
        self, special: Tool, its_tests: Sequence[ToolTest], general: Tool, tests: Sequence[ToolTest]
    ) -> Link | None:
        """Returns how the general tool can answer for the special one; None where that is unproven.

        Both must agree on every input of their tests that both take, errors included, and on inputs near
        them wherever both return; and the answers must be many and different enough to mean something.
        """
        seen: dict[str, list[Any]] = {}
        for test in tests:
            for name, value in test.arguments.items():
                seen.setdefault(name, []).append(value)
        for link in links(special, general, seen):
            if self._agree(special, general, link, _shared(link, its_tests, general, tests)):
                return link
        return None

    def _agree(self, special: Tool, general: Tool, link: Link, inputs: Sequence[Arguments]) -> bool:
        if len(inputs) < LEAST_INPUTS:
            return False
        told: list[Answer] = []
        for arguments in inputs:
            mine, theirs = self._both(special, general, link, arguments)
            if not mine.is_as(theirs):
                return False
            told += [] if mine.error else [mine]
        errors = 0
        for arguments in inputs_nearby(inputs):
            mine, theirs = self._both(special, general, link, arguments)
            if mine.error or theirs.error:
                errors += 1
            elif not mine.is_as(theirs):
                return False
            else:
                told.append(mine)
            if errors == ENOUGH_ERRORS:
                break
        return _bits(told) >= LEAST_BITS

    def _both(self, special: Tool, general: Tool, link: Link, arguments: Arguments) -> tuple[Answer, Answer]:
        return self._answer(special, arguments), self._answer(general, link.there(arguments))

    def _answer(self, tool: Tool, arguments: Arguments) -> Answer:
        key = (tool.version, _text(arguments))
        if key not in self._answers:
            self._answers[key] = self._trial.answer(tool, arguments)
        return self._answers[key]


def _shared(
    link: Link, its_tests: Sequence[ToolTest], general: Tool, tests: Sequence[ToolTest]
) -> list[Arguments]:
    """Returns the inputs of both tools' tests in the words of the special one, each once."""
    defaults = literal_defaults(general)
    back = [link.back(test.arguments, defaults) for test in tests]
    inputs = [
        *(test.arguments for test in its_tests),
        *(arguments for arguments in back if arguments is not None),
    ]
    return list({_text(arguments): arguments for arguments in inputs}.values())


def _bits(answers: Sequence[Answer]) -> float:
    """Returns how much the answers tell: their number times their entropy."""
    counts = Counter(answer_key(answer.value) for answer in answers).values()
    return sum(count * math.log2(len(answers) / count) for count in counts)


def _text(arguments: Arguments) -> str:
    return json.dumps(arguments, sort_keys=True)
