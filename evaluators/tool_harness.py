"""Calls a tool's function on many inputs, each within its own time.

Runs inside the sandbox, where its text follows that of literals.py. Untrusted code shares this process, so
nothing here is evidence: what is right is decided elsewhere, by values.
"""

import io
import signal
import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from evaluators.literals import decode, encode

Result = TypeVar("Result")

LONGEST_TEXT = 200
IMPORT_SHARE = 10  # calls' worth of time that an import may take


class TooSlow(BaseException):
    """One call has used its time."""


def call_all(source: str, name: str, inputs: list[list[Any]], seconds: float, patience: int) -> list[Any]:
    """Returns [why the function cannot be had or None, one [kind, value or error, changed] per input].

    Kinds: "value", "error", "slow", and "skipped" once `patience` calls were slow.
    """
    module = types.ModuleType("tool")
    sys.modules["tool"] = module
    sys.stdout = io.StringIO()  # what a tool prints is not what it returns
    try:
        _within(IMPORT_SHARE * seconds, lambda: exec(compile(source, "<tool>", "exec"), module.__dict__))
    except TooSlow:
        return [f"TooSlow: its import took more than {IMPORT_SHARE * seconds:g} s", []]
    except BaseException as error:
        return [_described(error), []]
    function = module.__dict__.get(name)
    if not callable(function):
        return [f"NameError: no function {name!r} in the program", []]
    results: list[Any] = []
    for form in inputs:
        results.append(_call(function, form, seconds) if patience > 0 else ["skipped", None, False])
        patience -= results[-1][0] == "slow"
    return [None, results]


def _call(function: Callable[..., Any], form: list[Any], seconds: float) -> list[Any]:
    arguments: Any = decode(form)
    try:
        answer = _within(seconds, lambda: encode(function(*arguments), strict=False))
        return ["value", answer, [encode(argument, strict=False) for argument in arguments] != form]
    except TooSlow:
        return ["slow", None, False]
    except BaseException as error:
        return ["error", _described(error), False]


def _within(seconds: float, work: Callable[[], Result]) -> Result:
    """Returns what the work gives, within so much time of the processor; raises TooSlow.

    A bare `except` may swallow the first interruption; so they go on, and what comes after one is too late.
    """
    interruptions: list[int] = []

    def interrupt(number: int, frame: object) -> NoReturn:
        interruptions.append(number)
        raise TooSlow

    signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds)
    try:
        result = work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    if interruptions:
        raise TooSlow
    return result


def _described(error: BaseException) -> str:
    """Returns "Type: message", cut, and free of what UTF-8 cannot carry."""
    try:
        text = f"{type(error).__name__}: {str(error)[:LONGEST_TEXT]}"
    except BaseException:  # its name or its message raises, too
        text = "an exception that does not tell what it is"
    return text.encode("utf-8", "replace").decode()
