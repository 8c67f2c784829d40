"""Edits of a text in the form that language models know: what to search, and what to put there.

<<<<<<< SEARCH
lines as they stand
=======
lines to stand there instead
>>>>>>> REPLACE
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from programs.code_manipulation import ProgramSyntaxError, lines_of

_BLOCK = re.compile(
    r"^<{5,9} ?SEARCH[ \t]*\n(?P<search>.*?)^={5,9}[ \t]*\n(?P<replace>.*?)^>{5,9} ?REPLACE",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Edit:
    """One replacement of whole lines."""

    search: str
    replace: str


def read_edits(reply: str) -> tuple[Edit, ...]:
    """Returns the edits of a reply, in order; whatever stands around them is ignored."""
    return tuple(Edit(match["search"], match["replace"]) for match in _BLOCK.finditer(reply))


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Returns `text` with the edits made one after the other.

    Raises:
        ProgramSyntaxError: There is no edit, or the lines that one searches do not stand in the text exactly
            once (spaces at the ends of lines do not count).
    """
    if not edits:
        raise ProgramSyntaxError(
            "expected an edit of the form <<<<<<< SEARCH ... ======= ... >>>>>>> REPLACE"
        )
    lines = lines_of(text)
    for number, edit in enumerate(edits, start=1):
        lines = _applied(lines, edit, number)
    return "".join(lines)


def _applied(lines: Sequence[str], edit: Edit, number: int) -> list[str]:
    wanted = [line.rstrip() for line in lines_of(edit.search)]
    present = [line.rstrip() for line in lines]
    places = [at for at in range(len(lines) - len(wanted) + 1) if present[at : at + len(wanted)] == wanted]
    if not any(wanted) or len(places) != 1:
        found = "nothing to search" if not any(wanted) else f"them {len(places)} times"
        first = next((line for line in wanted if line), "")
        raise ProgramSyntaxError(
            f"edit {number}: expected lines that stand in the function once, found {found}: "
            f"{first.strip()!r:.80}"
        )
    new = lines_of(edit.replace)
    if new and not new[-1].endswith("\n"):
        new[-1] += "\n"
    return [*lines[: places[0]], *new, *lines[places[0] + len(wanted) :]]
