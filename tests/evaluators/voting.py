"""Programs that vote, as texts, and voters with given answers."""

from evaluators.tool_runner import Answer
from evaluators.voters import Voter
from programs.comparison import answer_key

SILENT = Answer("slow")


def voter(*values, weight=1, any_order=False):
    """Returns a voter that gives these values; an exception is one that it raises, SILENT a call too slow."""
    answers = tuple(map(_answer, values))
    keys = tuple(
        ("value", answer_key(a.value, any_order=any_order)) if a.is_value else "failed" for a in answers
    )
    return Voter("def f(): ...", weight, answers, keys)


def _answer(value):
    if value is SILENT:
        return SILENT
    if isinstance(value, Exception):
        return Answer("error", error=repr(value))
    return Answer("value", value)
