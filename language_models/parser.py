"""What a parser is: from a reply to a value, and what form to ask for. Text and code are parsed here.

    ParseError                 the reply has not the form asked for; its text is fit to be shown to the model

Others are in files of their own: `json_parser.JsonParser` and `call_parser.CallParser`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from language_models.backend import Completion, ToolChoice
from language_models.message import ToolFormat
from language_models.redaction import redacted
from language_models.reply_text import PYTHON, code_of, without_thoughts
from programs import Program, ProgramSyntaxError

SHOWN = 200  # characters of a reply in a message
CUT_OFF = "a reply that was cut off because it was too long"

Value_co = TypeVar("Value_co", covariant=True)


class ParseError(ValueError):
    """A reply has not the form asked for.

    Attributes:
        expected: What was asked for.
        found: What came instead, short and without secrets.
    """

    def __init__(self, expected: str, found: str) -> None:
        self.expected = redacted(expected)
        self.found = redacted(found)
        super().__init__(f"expected {self.expected}, found {self.found}")


@dataclass(frozen=True)
class Form:
    """A form of reply, as a request can ask for it.

    Attributes:
        words: What the prompt says of it; "" where nothing need be said.
        schema: JSON schema that the reply's text must satisfy; None for any text.
        tools: What may be called.
        tool_choice: Whether something must be.
    """

    words: str = ""
    schema: Mapping[str, Any] | None = None
    tools: tuple[ToolFormat, ...] = ()
    tool_choice: ToolChoice = "auto"


@dataclass(frozen=True)
class Forms:
    """The forms that a parser reads, the surest first; a backend that cannot give one is asked for the next.

    Attributes:
        ranked: One or more; the last is asked for by words alone, which every backend takes.
    """

    ranked: tuple[Form, ...] = field(default=(Form(),))


class Parser(Protocol[Value_co]):
    """Makes a value of a reply."""

    @property
    def forms(self) -> Forms:
        """What to ask the model for."""

    def parse(self, reply: Completion) -> Value_co:
        """Returns the value; raises `ParseError`."""


@dataclass(frozen=True)
class TextParser:
    """Takes what was said as text, without the thoughts that a reasoning model opens it with."""

    forms: Forms = Forms()

    def parse(self, reply: Completion) -> str:
        """Returns the text; raises `ParseError` where nothing was said."""
        text = without_thoughts(reply.text).strip()
        if not text:
            raise ParseError("a text", "nothing")
        return text


@dataclass(frozen=True)
class CodeParser:
    """Takes the code of a reply: from its first block of Python, its first block, or the whole of it.

    Attributes:
        language: What is asked for; Python must be free of syntax errors.
    """

    language: str = "python"

    @property
    def forms(self) -> Forms:
        """Asks for one block."""
        return Forms(
            (Form(f"Answer with one block of {self.language} code between ``` fences and nothing else."),)
        )

    def parse(self, reply: Completion) -> str:
        """Returns the code; raises `ParseError`."""
        code = code_of(reply.text).strip("\n")
        if not code.strip():
            raise ParseError(f"a block of {self.language} code", "nothing")
        if self.language in PYTHON:
            self._require_python(code, reply)
        return f"{code}\n"

    def _require_python(self, code: str, reply: Completion) -> None:
        try:
            Program(code)
        except ProgramSyntaxError as error:
            found = CUT_OFF if reply.finish_reason == "length" else f"a syntax error: {error}"
            raise ParseError("a block of Python code", found) from error


def shown(text: str) -> str:
    """Returns the beginning of a text, quoted, as a message shows it."""
    beginning = " ".join(text.split())
    return repr(beginning if len(beginning) <= SHOWN else f"{beginning[:SHOWN]}...")
