"""Reads rows from the pages of a SQLite file, without SQLite: from files that SQLite refuses.

Every page that is a leaf of a table is read cell by cell, whatever has become of the header, the schema and
the tree above it. The layout is that of https://www.sqlite.org/fileformat2.html. Which table a row belongs
to is for the reader to see; rows of freed pages come too, marked as such.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Value = None | int | float | str | bytes

PAGE = 4096  # SQLite's page, where the header does not say another
MAGIC = b"SQLite format 3\0"
LEAF_OF_TABLE = 13
HEADER = 100  # bytes of the file's header, which begin its first page
WAL_HEADER, FRAME_HEADER = 32, 24
INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes by serial type


@dataclass(frozen=True)
class PageRow:
    """A row as its page has it.

    Attributes:
        rowid: Its number within its table.
        values: Its columns; the one that is the row's number is None.
        is_freed: Whether its page is no longer in use: the row may be an old one.
    """

    rowid: int
    values: tuple[Value, ...]
    is_freed: bool


class PageReader:
    """The pages of a file with its write-ahead log, as the last transaction left them."""

    def __init__(self, path: Path) -> None:
        """Reads the file; raises OSError where that cannot be done."""
        self._content = path.read_bytes()
        self._size = _page_size(self._content)
        self._log = _committed(path.with_name(path.name + "-wal"), self._size)
        self._freed = self._freed_pages()
        self.unreadable = 0  # cells that `rows` could not read

    def rows(self) -> Iterator[PageRow]:
        """Yields every row that can be read, page by page."""
        for number in range(1, self._count() + 1):
            page = self._page(number)
            start = HEADER if number == 1 else 0
            if len(page) == self._size and page[start] == LEAF_OF_TABLE:
                yield from self._cells(page, start, number in self._freed)

    def _count(self) -> int:
        return max([-(-len(self._content) // self._size), *self._log])

    def _page(self, number: int) -> bytes:
        first = (number - 1) * self._size
        return self._log.get(number) or self._content[first : first + self._size]

    def _cells(self, page: bytes, start: int, is_freed: bool) -> Iterator[PageRow]:
        count = int.from_bytes(page[start + 3 : start + 5])
        for place in range(start + 8, min(start + 8 + 2 * count, self._size - 1), 2):
            try:
                rowid, payload = self._cell(page, int.from_bytes(page[place : place + 2]))
                yield PageRow(rowid, _record(payload), is_freed)
            except (ValueError, IndexError, struct.error):
                self.unreadable += 1

    def _cell(self, page: bytes, place: int) -> tuple[int, bytes]:
        """Returns a cell's row number and payload, which may go on in other pages."""
        length, place = _varint(page, place)
        rowid, place = _varint(page, place)
        if length > self._count() * self._size:
            raise ValueError("longer than the file")
        here = _local_length(length, self._size)
        payload = page[place : place + here]
        following = int.from_bytes(page[place + here : place + here + 4]) if here < length else 0
        while following and len(payload) < length:
            part = self._page(following)
            following = int.from_bytes(part[:4])
            payload += part[4:]
            if len(part) < self._size:
                break
        if len(payload) < length:
            raise ValueError("cut off")
        return rowid, payload[:length]

    def _freed_pages(self) -> set[int]:
        """Returns the pages that the file's header says are free."""
        freed: set[int] = set()
        trunk = int.from_bytes(self._page(1)[32:36])
        while 0 < trunk <= self._count() and trunk not in freed:
            page = self._page(trunk)
            count = min(int.from_bytes(page[4:8]), self._size // 4 - 2)
            freed |= {trunk, *(int.from_bytes(page[8 + 4 * n : 12 + 4 * n]) for n in range(count))}
            trunk = int.from_bytes(page[:4])
        return freed


def _page_size(content: bytes) -> int:
    found = int.from_bytes(content[16:18])
    size = 65536 if found == 1 else found
    is_said = content.startswith(MAGIC) and 512 <= size <= 65536 and not size & (size - 1)
    return size if is_said else PAGE


def _committed(path: Path, size: int) -> dict[int, bytes]:
    """Returns the pages that the log holds of finished transactions."""
    log = path.read_bytes() if path.exists() else b""
    salts = log[16:24]
    committed: dict[int, bytes] = {}
    waiting: dict[int, bytes] = {}
    for first in range(WAL_HEADER, len(log) - FRAME_HEADER - size + 1, FRAME_HEADER + size):
        head = log[first : first + FRAME_HEADER]
        if head[8:16] != salts:
            break
        waiting[int.from_bytes(head[:4])] = log[first + FRAME_HEADER : first + FRAME_HEADER + size]
        if any(head[4:8]):
            committed.update(waiting)
            waiting = {}
    return committed


def _local_length(length: int, size: int) -> int:
    """Returns how many bytes of a payload are in the cell itself."""
    if length <= size - 35:
        return length
    least = (size - 12) * 32 // 255 - 23
    more = least + (length - least) % (size - 4)
    return more if more <= size - 35 else least


def _record(payload: bytes) -> tuple[Value, ...]:
    """Returns the columns of a row; raises ValueError where the bytes do not add up."""
    head, place = _varint(payload, 0)
    kinds = []
    while place < head:
        kind, place = _varint(payload, place)
        kinds.append(kind)
    values = []
    for kind in kinds:
        width = _width(kind)
        if place + width > len(payload):
            raise ValueError("cut off")
        values.append(_value(kind, payload[place : place + width]))
        place += width
    if place != len(payload):
        raise ValueError("bytes left over")
    return tuple(values)


def _width(kind: int) -> int:
    if kind >= 12:
        return (kind - 12) // 2
    if kind in (10, 11):
        raise ValueError("a type that no file has")
    return 8 if kind == 7 else INTEGERS.get(kind, 0)


def _value(kind: int, content: bytes) -> Value:
    if kind >= 12:
        return content.decode() if kind % 2 else content
    if kind == 7:
        (number,) = struct.unpack(">d", content)
        return float(number)
    return {0: None, 8: 0, 9: 1}[kind] if kind in (0, 8, 9) else int.from_bytes(content, signed=True)


def _varint(content: bytes, place: int) -> tuple[int, int]:
    """Returns a number of one to nine bytes, and the place after it."""
    number = 0
    for count in range(8):
        byte = content[place + count]
        number = number << 7 | byte & 127
        if byte < 128:
            return number, place + count + 1
    return number << 8 | content[place + 8], place + 9
