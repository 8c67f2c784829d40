"""First programs of a tool, asked of a chat model: whole programs from the description, and mended ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from funsearch.tool_task import head
from language_models import ChatBackend, ChatRequest, Message
from language_models.backend import Usage
from language_models.exchange import Exchange, recorded
from language_models.reply_text import code_of
from programs import Function, Program, ProgramSyntaxError, ToolSpecification
from programs.enclosing import enclosed

# Rising from request to request: a small model is right more often when cool (of 8 drafts for two tools, 8 at
# 0.4 and 5 at 0.8 were right), but only different programs can confirm each other.
TEMPERATURES = (0.3, 0.6, 0.9)
MAX_TOKENS = 700
MENDING = "This version is wrong:"
# Asked for in turn: programs of one style are one program, and confirm nothing.
_STYLES = (
    "",
    "Use plain loops and conditions.\n",
    "Use the standard library and comprehensions where they fit.\n",
    "Make it as short as you can: let built-in functions, methods and format specifications do the work.\n",
)
_TEXT_STYLES = (_STYLES[0], "Use regular expressions (the module re) where they fit.\n", *_STYLES[1:])
_INSTRUCTION = (
    "You write Python functions that are right for every input. Answer with the complete function in one "
    "Python code block and nothing else: no example calls, no tests. Use the standard library only, import "
    "what you need, and do not print."
)
# Said every other time: programs without it are half as long, but what a small model has written out once
# more it keeps to better.
_BRIEFLY = " Leave out the docstring."


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
        backend: Who replies.
        specification: What the tool must do; its signature is known.
        seed: Seed of the requests.
        usage: Tokens spent so far.
    """

    backend: ChatBackend
    specification: ToolSpecification
    seed: int = 0
    usage: Usage = field(default_factory=Usage)
    _requests: itertools.count[int] = field(default_factory=itertools.count)
    _drafted: int = 0

    def draft(self, samples: int) -> list[Draft]:
        """Returns programs written from the description, in another style each time; raises ModelError."""
        styles = _TEXT_STYLES if "str" in (self.specification.signature or "") else _STYLES
        style = styles[self._drafted % len(styles)]
        self._drafted += 1
        return self._ask(
            f"Complete this function:\n```python\n{head(self.specification)}```\n{style}", samples
        )

    def mend(self, function: Function, feedback: str, samples: int) -> list[Draft]:
        """Returns new versions of a program that failed as `feedback` says; raises ModelError."""
        task = f"The task:\n```python\n{head(self.specification)}```\n"
        tried = f"{MENDING}\n```python\n{function.source}```\n{feedback}\n"
        return self._ask(f"{task}{tried}Write a version that is right.", samples)

    def _ask(self, question: str, samples: int) -> list[Draft]:
        # The precondition is not shown: a small model copies its checks into the program (of 24 drafts for a
        # tool that parses texts none met the examples with it, of 48 without it 8, all of them right).
        number = next(self._requests)
        request = ChatRequest(
            messages=(
                Message("system", _INSTRUCTION + _BRIEFLY * (number % 2)),
                Message("user", question),
            ),
            samples=samples,
            max_tokens=MAX_TOKENS,
            temperature=TEMPERATURES[number % len(TEMPERATURES)],
            seed=(self.seed * 1_000_003 + number * 101) % 2**32,
        )
        with recorded() as exchanges:
            answer = self.backend.chat(request)
        self.usage += answer.usage
        exchange = exchanges[0] if exchanges else None
        drafts = (read_draft(text, self.specification) for text in answer.texts)
        return [replace(draft, exchange=exchange, choice=n) for n, draft in enumerate(drafts)]


def read_draft(reply: str, specification: ToolSpecification) -> Draft:
    """Returns the function of a reply, under the tool's name."""
    try:
        program = Program(_without_tail(code_of(reply)))
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
