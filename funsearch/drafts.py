"""First programs of a tool, asked of a chat model: whole programs from the description, and mended ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from funsearch.draft_prompts import DraftPrompts
from language_models import ChatBackend, CompletionRequest, ModelError
from language_models.backend import Completions, Usage
from language_models.exchange import Exchange, recorded
from language_models.reply_text import code_of
from programs import Function, Program, ProgramSyntaxError, ToolSpecification
from programs.enclosing import enclosed

# One round in so many is a conversation; in the others the model writes on from the tool's head, where the
# backend can. A small model then writes other programs, at half the price, and more of them are right
# (group_anagrams: 12 of 72, in conversation 2 of 36; camel_to_snake: 2 of 128, in conversation none of 200).
_WAYS = 3

R = TypeVar("R")


@dataclass(frozen=True)
class Draft:
    """What a model wrote.

    Attributes:
        function: The function, with all that it needs inside; None where there was none.
        defect: Why there was none.
        exchange: Where the reply is recorded; None where nobody records.
        choice: Which reply of the exchange it is.
    """

    function: Function | None
    defect: str = ""
    exchange: Exchange | None = None
    choice: int = 0

    def judged(self, score: float | None) -> None:
        """Adds to the record of the reply what it scores on the examples; None: it is no program."""
        if self.exchange is not None:
            self.exchange.outcome(accepted=score == 1.0, score=score, note=self.defect, choice=self.choice)


@dataclass
class Drafter:
    """Asks a chat model for programs of one tool.

    Attributes:
        backend: Who replies; one that also continues text is asked for continuations in turn.
        specification: What the tool must do; its signature is known.
        seed: Seed of the requests.
        usage: Tokens spent so far.
    """

    backend: ChatBackend
    specification: ToolSpecification
    seed: int = 0
    usage: Usage = field(default_factory=Usage)
    _turns: Counter[str] = field(default_factory=Counter)  # that each way of asking has had

    def __post_init__(self) -> None:
        self._prompts = DraftPrompts(self.specification, self.seed)
        self._complete: Callable[[CompletionRequest], Completions] | None = getattr(
            self.backend, "complete", None
        )

    def draft(self, samples: int) -> list[Draft]:
        """Returns programs written from the description, in another style each time; raises ModelError."""
        if self._complete is not None and self._turn("draft") % _WAYS:
            try:
                return self._continued(self._complete, samples)
            except ModelError:  # few endpoints continue text; one that is gone says so again
                self._complete = None
        request = self._prompts.conversation(self._turn("conversation"), samples)
        return self._asked(self.backend.chat, request, code_of)

    def mend(self, function: Function, feedback: str, samples: int) -> list[Draft]:
        """Returns new versions of a program that failed as `feedback` says; raises ModelError."""
        request = self._prompts.mending(self._turn("mending"), function, feedback, samples)
        return self._asked(self.backend.chat, request, code_of)

    def _turn(self, way: str) -> int:
        self._turns[way] += 1
        return self._turns[way] - 1

    def _continued(self, complete: Callable[[CompletionRequest], Completions], samples: int) -> list[Draft]:
        """Returns programs that the model has written on."""
        request = self._prompts.continuation(self._turn("continuation"), samples)
        return self._asked(complete, request, lambda text: continued(request, text))

    def _asked(
        self, ask: Callable[[R], Completions], request: R, program_in: Callable[[str], str]
    ) -> list[Draft]:
        """Returns what the answers to a request hold, the text of the program being `program_in` each."""
        with recorded() as exchanges:
            answer = ask(request)
        self.usage += answer.usage
        exchange = exchanges[0] if exchanges else None
        drafts = (_drafted(program_in(text), self.specification) for text in answer.texts)
        return [replace(draft, exchange=exchange, choice=n) for n, draft in enumerate(drafts)]


def continued(request: CompletionRequest, text: str) -> str:
    """Returns the program that a continuation belongs to, or the one that it shows in a block."""
    return code_of(text) if "```" in text else request.prompt + text


def read_draft(reply: str, specification: ToolSpecification) -> Draft:
    """Returns the function of a reply, under the tool's name."""
    return _drafted(code_of(reply), specification)


def _drafted(text: str, specification: ToolSpecification) -> Draft:
    try:
        program = Program(_without_tail(text))
        return Draft(enclosed(program, specification.name))
    except ProgramSyntaxError as error:
        return Draft(None, str(error))


def _without_tail(text: str) -> str:
    """Returns the longest beginning of a text that is Python: a model may have been cut short in a test."""
    try:
        Program(text)
    except ProgramSyntaxError:
        lines = text.splitlines(keepends=True)
        for end in _ends_of_blocks(lines):
            try:
                return Program("".join(lines[:end])).text
            except ProgramSyntaxError:
                continue
    return text


def _ends_of_blocks(lines: Sequence[str]) -> list[int]:
    """Returns the lines at which a top-level statement begins, the last first."""
    return [n for n in range(len(lines) - 1, 0, -1) if lines[n].strip() and not lines[n][0].isspace()]
