"""Answers in the form that was asked for: the number in a sentence, where a number was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.checking.stated_form import form_problem, is_form
from agent.request import Json

_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\d)")


def in_stated_form(value: Json, requirements: Sequence[str]) -> Json:
    """Returns the only number of a text, where the text is not of a form that the requirements state, and
    the number is; any other value as it is.

    Chat models answer in sentences, whatever they are told.
    """
    forms = [requirement for requirement in requirements if is_form(requirement)]
    if not isinstance(value, str) or not any(form_problem(form, value) for form in forms):
        return value
    numbers = _NUMBER.findall(value)
    if len(numbers) != 1:
        return value
    number = float(numbers[0]) if "." in numbers[0] else int(numbers[0])
    return value if any(form_problem(form, number) for form in forms) else number
