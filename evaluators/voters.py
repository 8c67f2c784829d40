"""The programs that say what a tool's answers are, each with the weight of how often it was proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.batches import answers_in_batches
from evaluators.tool_runner import Answer, ToolRunner
from programs import ProgramSyntaxError
from programs.comparison import answer_key
from programs.fingerprint import fingerprint

Key = Hashable
_FAILED: Key = "failed"  # whatever went wrong: programs that fail do not agree with those that answer


@dataclass(frozen=True)
class Voter:
    """A program and what it answered to all inputs.

    Attributes:
        source: Its text.
        weight: How often it was proposed.
        answers: One per input.
        keys: What answers are compared by, one per input; the same for all failures.
    """

    source: str
    weight: int
    answers: tuple[Answer, ...]
    keys: tuple[Key, ...]

    def is_silent(self, index: int) -> bool:
        """Returns whether it ran out of time: that says nothing of what the answer is."""
        return self.answers[index].kind in ("slow", "skipped")

    def fails(self, index: int) -> bool:
        """Returns whether it gave no value."""
        return not self.answers[index].is_value


def distinct(candidates: Iterable[str]) -> dict[str, int]:
    """Returns different programs and how often each was given; those that differ in names only are one."""
    texts: dict[str, str] = {}
    weights: Counter[str] = Counter()
    for source in candidates:
        identity = _identity(source)
        texts.setdefault(identity, source)
        weights[identity] += 1
    return {texts[identity]: weight for identity, weight in weights.items()}


def hear(
    runner: ToolRunner, programs: dict[str, int], inputs: Sequence[Sequence[Any]], *, any_order: bool = False
) -> list[Voter]:
    """Returns one voter per program, with its answers to all inputs.

    Args:
        runner: Calls the programs.
        programs: Texts and weights.
        inputs: The smallest first: a program that becomes too slow has then answered most of them.
        any_order: Whether the order of a returned list does not matter.
    """
    voters = []
    for source, weight in programs.items():
        answers = tuple(answers_in_batches(runner, source, inputs))
        keys = tuple(_key(answer, any_order=any_order) for answer in answers)
        voters.append(Voter(source, weight, answers, keys))
    return voters


def weight_of(voters: Iterable[Voter]) -> int:
    """Returns the weight of the voters together."""
    return sum(voter.weight for voter in voters)


def value_key(value: object, *, any_order: bool) -> Key:
    """Returns the key of an answer that is this value."""
    return ("value", answer_key(value, any_order=any_order))


def _key(answer: Answer, *, any_order: bool) -> Key:
    return value_key(answer.value, any_order=any_order) if answer.is_value else _FAILED


def _identity(source: str) -> str:
    try:
        return fingerprint(source)
    except (ProgramSyntaxError, RecursionError, ValueError):
        return source
