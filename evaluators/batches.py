"""Runs a program on many inputs in batches, so that one input that ends its process costs its batch alone."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.tool_runner import Answer, ToolRunner

SIZE = 500
_PARTS = 4
# How a batch fails by one of its inputs; any other failure comes before an input is read.
_DEATHS = ("timed out", "memory exceeded", "output exceeded", "crashed", "rejected")


def answers_in_batches(
    runner: ToolRunner, source: str, inputs: Sequence[Sequence[object]], size: int = SIZE
) -> list[Answer]:
    """Returns one answer per input; a batch whose process died is tried once more, in parts."""
    answers: list[Answer] = []
    for start in range(0, len(inputs), size):
        batch = inputs[start : start + size]
        performance = runner.run(source, batch)
        failure = performance.failure
        if failure is None:
            answers += performance.answers
        elif died(failure) and size >= _PARTS and len(batch) > 1:
            answers += answers_in_parts(runner, source, batch, -(-size // _PARTS))
        else:
            answers += [Answer("error", error=failure)] * len(batch)
    return answers


def answers_in_parts(
    runner: ToolRunner, source: str, inputs: Sequence[Sequence[object]], size: int
) -> list[Answer]:
    """Returns one answer per input; each part whose process dies answers with that error."""
    answers: list[Answer] = []
    for start in range(0, len(inputs), size):
        part = inputs[start : start + size]
        performance = runner.run(source, part)
        errors = (Answer("error", error=performance.failure or ""),) * len(part)
        answers += performance.answers if performance.failure is None else errors
    return answers


def died(failure: str) -> bool:
    """Returns whether a program failed while it ran, and not before it could."""
    return failure.startswith(_DEATHS)
