"""The way to the user: a question that is answered at once in tests, or whenever the user finds the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from agent.errors import Suspended
from agent.operations import Operations
from agent.request import Question, QuestionKind
from programs.utf8_text import digest

YES = frozenset({"yes", "y", "ok", "allow", "true", "ja"})


class Channel(Protocol):
    """Asks the user."""

    def ask(self, text: str, kind: QuestionKind = "information") -> str:
        """Returns the user's answer.

        Raises:
            Suspended: There is none yet; the work ends here and is run again once there is.
        """


class RequestChannel:
    """Asks through the states of a request.

    Args:
        operations: Of the request: an answer that was given is never asked for again.
        answered: Returns the answer to a question, None where there is none yet.
        put: Puts a question to the user: the request then waits.
    """

    def __init__(
        self,
        operations: Operations,
        answered: Callable[[Question], str | None],
        put: Callable[[Question], None],
    ) -> None:
        self._operations = operations
        self._answered = answered
        self._put = put
        self._asked = 0

    def ask(self, text: str, kind: QuestionKind = "information") -> str:
        """Returns the user's answer; raises `Suspended` where it is still to come."""
        self._asked += 1
        mark = digest(f"{self._asked} {kind} {text}")[:8]
        question = Question(f"q{self._asked}-{mark}", text, kind)

        def look() -> str:
            answer = self._answered(question)
            if answer is None:
                self._put(question)
                raise Suspended(question.text)
            return answer

        return str(self._operations.once("answer", {"text": text, "kind": kind}, look))


def is_consent(answer: str) -> bool:
    """Tells whether an answer is a clear yes; whatever else was said is none."""
    return answer.strip().strip(".!").casefold() in YES
