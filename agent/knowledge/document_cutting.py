"""Documents cut into pieces that an encoder can take in: at paragraphs, else at lines, else anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MOST = 800  # characters of a piece: the encoder reads about 1,000
OVERLAP = 160  # characters at most of a piece that begin the next one too
_TABLES = (".csv", ".tsv")


@dataclass(frozen=True)
class Piece:
    """Some lines of a document.

    Attributes:
        line: The first one, from 1.
        text: What they say; in a table after the table's head.
    """

    line: int
    text: str


def pieces(source: str, text: str) -> list[Piece]:
    """Returns the pieces of a document, in order; blank ones are left out."""
    lines = [part for number, line in enumerate(text.splitlines(), 1) for part in _parts(number, line)]
    found = [piece for piece in _joined(lines) if piece.text]
    if not source.lower().endswith(_TABLES) or not found:
        return found
    head = found[0].text.splitlines()[0][: MOST // 2]
    return [found[0], *(Piece(piece.line, f"{head}\n{piece.text}") for piece in found[1:])]


def _parts(number: int, line: str) -> Iterator[Piece]:
    """Yields a line, or the parts of one that is too long for a piece."""
    step = MOST - OVERLAP
    for start in range(0, max(1, len(line) - OVERLAP), step) if len(line) > MOST else (0,):
        yield Piece(number, line[start : start + MOST].rstrip())


def _joined(lines: list[Piece]) -> Iterator[Piece]:
    first = 0
    while first < len(lines):
        after = _end(lines, first)
        yield _piece(lines[first:after])
        first = after if after == len(lines) else max(first + 1, _again(lines, after))


def _end(lines: list[Piece], first: int) -> int:
    """Returns after which line a piece ends: at a blank one in its second half, if there is any."""
    size, blank = 0, 0
    for number in range(first, len(lines)):
        size += len(lines[number].text) + 1
        if size > MOST + 1 and number > first:
            return blank or number
        if not lines[number].text and size > MOST // 2:
            blank = number + 1
    return len(lines)


def _again(lines: list[Piece], after: int) -> int:
    """Returns the first of the last lines before this one that the next piece repeats."""
    size, first = 0, after
    while first and (size := size + len(lines[first - 1].text) + 1) <= OVERLAP:
        first -= 1
    return first


def _piece(lines: list[Piece]) -> Piece:
    spoken = [line for line in lines if line.text.strip()]
    text = "\n".join(line.text for line in lines).strip("\n")
    return Piece(spoken[0].line if spoken else lines[0].line, text if spoken else "")
