"""Server-sent events: the lines in which streamed replies come (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LONGEST_LINE = 8 * 2**20  # bytes; an endpoint that sends no line's end must not fill the memory


class MalformedStream(ValueError):
    """A streamed reply has not the form of one."""


def event_data(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yields the data of each event, however the bytes were cut; an event cut off at the end is none.

    Raises:
        MalformedStream: A line is longer than any reply has.
    """
    data: list[bytes] = []
    for line in _lines(pieces):
        if not line and data:
            yield b"\n".join(data)
            data = []
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yields whole lines without their ends, which are LF or CR LF in all that endpoints send."""
    rest: list[bytes] = []
    size = 0
    for piece in pieces:
        first, *others = piece.split(b"\n")
        rest.append(first)
        size += len(first)
        if others:
            yield b"".join(rest).removesuffix(b"\r")
            yield from (line.removesuffix(b"\r") for line in others[:-1])
            rest, size = [others[-1]], len(others[-1])
        if size > LONGEST_LINE:
            raise MalformedStream(f"expected events in lines, found one of more than {LONGEST_LINE:,} bytes")
