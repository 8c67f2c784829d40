"""Statements with sources, as a model writes them: kept only where the sources say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from language_models import Completion, ParseError
from language_models.parser import Form, Forms
from language_models.reply_text import without_thoughts

WORDS = (
    "Answer with one statement a line and nothing else, with the number of its source at its end, as in:\n"
    "- The flat costs 950 euros a month. [1]"
)
_CITED = re.compile(r"\[\s*([0-9]{1,4}(?:\s*(?:,|;|and)\s*[0-9]{1,4}){0,20})\s*\]")
_BULLET = re.compile(r"^(?:[-*\u2022]|\d+[.)])\s+")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_QUOTATION = re.compile(r"\"([^\"\n]+)\"|\u201c([^\u201d\n]+)\u201d|`([^`\n]+)`|(?<!\w)'([^'\n]+)'(?!\w)")


@dataclass(frozen=True)
class Statement:
    """Something that is known.

    Attributes:
        text: What.
        sources: Numbers of the sources that say so, from 1.
    """

    text: str
    sources: tuple[int, ...]


@dataclass(frozen=True)
class StatementsParser:
    """Reads statements; one without a source, or with numbers or quotations that no source has, is dropped.

    Attributes:
        sources: What each source says, by number.
    """

    sources: Mapping[int, str]

    @property
    def forms(self) -> Forms:
        """Asks for lines."""
        return Forms((Form(WORDS),))

    def parse(self, reply: Completion) -> tuple[Statement, ...]:
        """Returns the statements that hold; raises `ParseError` where none does."""
        written = tuple(dict.fromkeys(_statements(without_thoughts(reply.text))))
        kept = tuple(statement for statement in written if is_grounded(statement, self.sources))
        if not kept:
            found = "statements without one" if written else "none"
            raise ParseError("statements that end with the number of a source, such as [1]", found)
        return kept


def is_grounded(statement: Statement, sources: Mapping[int, str]) -> bool:
    """Tells whether a statement has a source, and its sources all of its numbers and quotations."""
    cited = [sources[number] for number in statement.sources if number in sources]
    if not cited or len(cited) < len(statement.sources):
        return False
    said = _plain("\n".join(cited))
    numbers = {_bare(number) for number in _NUMBER.findall(said)}
    return all(_bare(number) in numbers for number in _NUMBER.findall(statement.text)) and all(
        _plain(quotation) in said for quotation in _quotations(statement.text)
    )


def _statements(text: str) -> Iterator[Statement]:
    for line in text.splitlines():
        numbers = [int(n) for found in _CITED.findall(line) for n in re.findall(r"[0-9]+", found)]
        told = " ".join(_BULLET.sub("", _CITED.sub("", line).strip()).split())
        told = re.sub(r"\s+([.,;])", r"\1", told)
        if any(letter.isalnum() for letter in told):
            yield Statement(told, tuple(dict.fromkeys(numbers)))


def _quotations(text: str) -> list[str]:
    return [next(filter(None, groups)) for groups in _QUOTATION.findall(text)]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _bare(number: str) -> str:
    """Returns a number as it is compared: 1,250 is 1250."""
    return re.sub(r",(?=\d{3}(?:\D|$))", "", number)
