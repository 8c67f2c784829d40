"""Documents as text: the files that a user gave, and those in the folders that a user gave.

A file that cannot be read is reported and stops nothing. No link leads out of the folder that was given, and
nothing but a regular file is ever opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from agent.knowledge.markup import text_of_html
from programs.utf8_text import writable

MOST_BYTES = 1_000_000  # of one file
MOST_FILES = 500  # of one folder
_HTML = (".html", ".htm", ".xhtml")


@dataclass(frozen=True)
class Document:
    """A file that was read.

    Attributes:
        source: Its path, links resolved.
        text: What it says; the text of a page stands in the lines of its source.
    """

    source: str
    text: str


@dataclass(frozen=True)
class Unread:
    """A file that was not read, and why."""

    source: str
    why: str


Reading = Document | Unread


class _UnreadableError(Exception):
    """Why a file cannot be read, in words."""


def resolved(path: str | Path) -> str:
    """Returns a path without links, as documents are known by."""
    try:
        return str(Path(path).expanduser().resolve())
    except (OSError, RuntimeError, ValueError):  # a loop of links; no such user; a zero byte
        return str(path)


def is_within(source: str, folder: str) -> bool:
    """Tells whether a resolved path is another, or lies below it."""
    return source == folder or source.startswith(folder.rstrip(os.sep) + os.sep)


def read_documents(paths: Iterable[str | Path], roots: Sequence[str] | None = None) -> Iterator[Reading]:
    """Yields each file of these paths once, in order, read or not.

    Args:
        paths: Files and folders; a folder's hidden files are left out.
        roots: Resolved folders beyond which nothing is read; None: everywhere.
    """
    seen: set[str] = set()
    for path in paths:
        top = resolved(path)
        if roots is not None and not any(is_within(top, root) for root in roots):
            yield Unread(str(path), f"expected a path within {', '.join(roots)}")
            continue
        for reading in _below(path, top):
            if reading.source not in seen:
                seen.add(reading.source)
                yield reading


def _below(path: str | Path, top: str) -> Iterator[Reading]:
    if not _is_directory(top):
        yield _read(top, top)
        return
    files = _files(top)
    for file in islice(files, MOST_FILES):
        yield _read(file, top)
    if next(files, None) is not None:
        yield Unread(str(path), f"expected at most {MOST_FILES} files, found more; the rest was left out")


def _is_directory(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def _files(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (str(Path(parent, name)) for name in sorted(names) if not name.startswith("."))


def _read(path: str, top: str) -> Reading:
    try:
        source = resolved(path)
        if not is_within(source, top):
            raise _UnreadableError("expected a file of the folder, found a link that leads out of it")
        text = _decoded(_content(source))
    except _UnreadableError as error:
        return Unread(writable(path), str(error))
    is_page = source.lower().endswith(_HTML)
    return Document(source, text_of_html(text) if is_page else text)


def _content(source: str) -> bytes:
    try:
        source.encode()
        # Not to wait for whoever writes into a pipe, and not to follow a link laid since it was resolved.
        descriptor = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except UnicodeEncodeError as error:
        raise _UnreadableError("expected a name in UTF-8") from error
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise _UnreadableError(f"expected a file that can be read: {why}") from error
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _UnreadableError("expected a regular file, found a device, pipe or folder")
        try:
            content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise _UnreadableError(f"expected a file that can be read: {error.strerror}") from error
    if len(content) > MOST_BYTES:
        raise _UnreadableError(f"expected at most {MOST_BYTES} bytes, found more")
    return content


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _UnreadableError(
            f"expected text in UTF-8, found byte 0x{content[error.start]:02x} at {error.start}"
        ) from error
    if "\0" in text:
        raise _UnreadableError(f"expected text, found a zero byte at {text.index(chr(0))}")
    return text
