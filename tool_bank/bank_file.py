"""A whole bank as one file of JSON lines, each with its own hash, the last with a count and a hash of all.

    {"line": "bank", "format": 1, "schema": 2, "hash": "…"}
    {"line": "version", "version": "…", "name": "…", "body": "…", "added_at": "…", "hash": "…"}
    {"line": "end", "lines": 123, "all": "…", "hash": "…"}

A line's hash is the SHA-256 of the line without it, as JSON with sorted keys and no spaces; "all" is that of
the bytes of every line before. Texts that the record keeps as JSON stay the texts that they are.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ValidationError,
    model_validator,
)

from tool_bank.database import Database
from tool_bank.errors import BankError
from tool_bank.record_schema import NEWEST
from tool_bank.tool import STORED, Status, Tool

FORMAT = 1


class BankFileRefused(BankError):
    """A bank's file is damaged, cut off, or holds what no bank can; nothing of it was taken."""


def _is_json(text: str) -> str:
    json.loads(text)
    return text


def _is_json_object(text: str) -> str:
    if not isinstance(json.loads(text), dict):
        raise ValueError("expected a JSON object")
    return text


Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Json = Annotated[str, AfterValidator(_is_json)]
JsonObject = Annotated[str, AfterValidator(_is_json_object)]


class Row(BaseModel):
    """A row of a table of the record, as a line of the file carries it: its fields are the columns."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)
    table: ClassVar[str]
    order: ClassVar[str] = "rowid"

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Returns the columns that are carried, in order."""
        return tuple(cls.model_fields)

    def values(self) -> tuple[Any, ...]:
        """Returns the row as the table holds it."""
        return tuple(getattr(self, column) for column in self.columns())


class VersionRow(Row):
    """A version of a tool, which is proven by its hash."""

    table = "versions"
    version: Hash
    name: str
    body: str
    added_at: str

    @model_validator(mode="after")
    def _is_a_tool(self) -> VersionRow:
        if hashlib.sha256(self.body.encode()).hexdigest() != self.version:
            raise ValueError("the version is not the SHA-256 of its body")
        tool = Tool.model_validate({**json.loads(self.body), "status": "retired"}, context=STORED)
        if tool.name != self.name:
            raise ValueError("the body is that of a tool of another name")
        _ = tool.signature  # raises ValueError where the source has no such function
        return self


class TestRow(Row):
    """A test of a version."""

    __test__ = False
    table = "tests"
    version: Hash
    arguments: JsonObject
    expected: Json
    origin: str
    hidden: Annotated[int, Field(ge=0, le=1)]


class QueryRow(Row):
    """A request that a tool answers."""

    table = "queries"
    name: str
    query: str
    origin: str
    at: str


class EventRow(Row):
    """Something that happened; its number is given by the record that it is in."""

    table = "events"
    at: str
    kind: str
    name: str
    version: Hash
    detail: JsonObject


class UseRow(Row):
    """A call of a tool."""

    table = "uses"
    at: str
    request: str
    name: str
    version: Hash
    outcome: str
    error: str
    seconds: FiniteFloat


class AliasRow(Row):
    """A name that another tool answers for."""

    table = "aliases"
    order = "alias"
    alias: str
    target: str
    renamed: JsonObject
    bound: JsonObject
    why: str
    at: str


class SchemaRow(Row):
    """The JSON schema of a version."""

    table = "schemas"
    version: Hash
    body: Json


class CurrentRow(Row):
    """Which version a name stands for."""

    table = "current"
    order = "name"
    name: str
    version: Hash
    status: Status


class VectorRow(Row):
    """A vector of a version, in base64."""

    table = "vectors"
    version: Hash
    model_id: str
    vector: str

    def values(self) -> tuple[Any, ...]:
        """Returns the row as the table holds it."""
        return self.version, self.model_id, base64.b64decode(self.vector)


ROWS: Mapping[str, type[Row]] = {
    "version": VersionRow,
    "test": TestRow,
    "query": QueryRow,
    "alias": AliasRow,
    "schema": SchemaRow,
    "event": EventRow,
    "use": UseRow,
    "current": CurrentRow,
    "vector": VectorRow,
}
Line = Mapping[str, Any]


def lines_of(database: Database, *, vectors: bool) -> Iterator[Line]:
    """Yields the rows of a record as lines; to be called within `snapshot`.

    Raises:
        BankUnavailable: The record is damaged: what is in it could not be imported again.
    """
    for kind, row in ROWS.items():
        if kind == "vector" and not vectors:
            continue
        columns = row.columns()
        for values in database.each(f"SELECT {', '.join(columns)} FROM {row.table} ORDER BY {row.order}"):
            line = line_of(kind, values)
            try:
                row_of(line)
            except ValueError as error:
                raise database.damage(f"a row of {row.table} is not as it was written") from error
            yield line


def line_of(kind: str, values: Iterable[Any]) -> Line:
    """Returns a row, in the order of its columns, as a line."""
    readable = [base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in values]
    return {"line": kind, **dict(zip(ROWS[kind].columns(), readable, strict=True))}


def row_of(line: Line) -> Row:
    """Returns the row that a line carries; raises ValueError where it is none that a record can hold."""
    kind = line.get("line")
    if not isinstance(kind, str) or kind not in ROWS:
        raise ValueError(f"expected a line of {', '.join(ROWS)}, found {kind!r}")
    return ROWS[kind].model_validate({name: value for name, value in line.items() if name != "line"})


def write_file(path: Path, lines: Iterable[Line], **told: Any) -> int:  # noqa: ANN401
    """Writes a bank's file, whole or not at all; returns how many rows are in it.

    `told` is said in the first line, besides the numbers of format and schema.
    """
    beside = path.with_name(path.name + ".new")
    head = {"line": "bank", "format": FORMAT, "schema": NEWEST, **told}
    count, everything = -1, hashlib.sha256()
    with beside.open("wb") as stream:
        for text in map(_hashed, chain([head], lines)):
            count += 1
            everything.update(text)
            stream.write(text)
        stream.write(_hashed({"line": "end", "lines": count, "all": everything.hexdigest()}))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, path)
    return count


def read_file(path: Path) -> list[Row]:
    """Returns the rows of a bank's file.

    Raises:
        BankFileRefused: It cannot be read, or a line is changed, missing, or none that a bank can hold.
    """
    texts = _texts(path)
    lines = []
    for number, text in enumerate(texts, start=1):
        with _refused(path, number):
            lines.append(_unhashed(text))
    with _refused(path, 1):
        _check_head(lines[0])
    with _refused(path, len(lines)):
        _check_end(lines[-1], texts[:-1])
    rows = []
    for number, line in enumerate(lines[1:-1], start=2):
        with _refused(path, number):
            rows.append(row_of(line))
    return rows


def _texts(path: Path) -> list[bytes]:
    try:
        if path.exists() and not path.is_file():  # a device may have no end
            raise BankFileRefused(f"{path}: expected the file of an exported bank, found no regular file")
        texts = path.read_bytes().splitlines(keepends=True)  # of bytes: at line ends of ASCII alone
    except OSError as error:
        raise BankFileRefused(f"{path}: expected the file of an exported bank: {error.strerror}") from error
    if not texts:
        raise BankFileRefused(f"{path}: expected the file of an exported bank, found an empty one")
    return texts


def _hashed(line: Line) -> bytes:
    """Returns a line as the file has it, its hash last."""
    text = json.dumps({**line, "hash": _hash(line)}, ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def _hash(line: Line) -> str:
    text = json.dumps(line, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _unhashed(text: bytes) -> dict[str, Any]:
    """Returns what a line says; raises ValueError where its hash does not say the same."""
    try:
        line = json.loads(text)
    except ValueError as error:
        raise ValueError(f"expected JSON: {error}") from error
    if not isinstance(line, dict) or not text.endswith(b"\n"):
        raise ValueError("expected a whole JSON object and the end of the line")
    found = line.pop("hash", None)
    if found != _hash(line):
        raise ValueError("its hash is not that of its content: the line was changed")
    return line


def _check_head(line: Line) -> None:
    if line.get("line") != "bank":
        raise ValueError('expected the first line of an exported bank, {"line": "bank", ...}')
    if line.get("format") != FORMAT:
        raise ValueError(f"expected format {FORMAT}, found {line.get('format')!r}; update funsearch")


def _check_end(line: Line, before: list[bytes]) -> None:
    if line.get("line") != "end":
        raise ValueError('expected the last line, {"line": "end", ...}: the file is cut off')
    said = (line.get("lines"), line.get("all"))
    if said != (len(before) - 1, hashlib.sha256(b"".join(before)).hexdigest()):
        raise ValueError(f"expected {said[0]} rows before it, as they were written, found others")


@contextmanager
def _refused(path: Path, number: int) -> Iterator[None]:
    """Raises what is wrong within as `BankFileRefused`, with the place."""
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        why = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise BankFileRefused(f"{path}, line {number}: {why}; nothing was imported") from error
    except (ValueError, RecursionError) as error:
        raise BankFileRefused(f"{path}, line {number}: {error}; nothing was imported") from error
