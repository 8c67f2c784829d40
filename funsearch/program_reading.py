"""Reads single programs of a run, and where they come from, without disturbing whoever writes the run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from funsearch.exceptions import JournalError, RunError
from funsearch.journal import FILE_NAME
from funsearch.journal_reading import opened
from funsearch.run_fold import INITIAL

_COLUMNS = (
    "c.id, c.source, c.stream, c.ticket, c.position, t.island, t.generation, t.parents, c.defect, "
    "c.duplicate_of, e.score, e.scores, e.integrity, e.feedback, e.seconds, e.cpu_seconds, "
    "e.peak_memory_bytes, e.measures, e.at"
)
_TABLES = (
    "FROM candidates c CROSS JOIN tickets t USING (stream, ticket) "
    "LEFT JOIN evaluations e ON e.candidate = c.id"
)
_RELATIVES = f"SELECT c.id, c.stream, t.island, t.parents, e.score {_TABLES} WHERE c.id IN "
IN_ONE_QUERY = 500


@dataclass(frozen=True)
class ReadProgram:
    """A program of a run with all that is known of it.

    Attributes:
        number: Its number in the journal; 0 is the initial one.
        source: Text of the evolved function.
        sampler: Who proposed it; "" for the initial one.
        ticket: Which prompt of that sampler it answers.
        position: Which of the answers it is, from 0.
        island: Where its parents were.
        generation: Of that island.
        parents: Their numbers, worst first.
        defect: Why it is no function that could be run; None for a sound one.
        duplicate_of: The program that it repeats; None for a new one.
        is_evaluated: Whether it was scored.
        score: None where it earned none, or was not scored.
        scores: Score of each test.
        integrity: "verified" or "in-process".
        feedback: What the evaluation said.
        seconds: How long the evaluation took.
        cpu_seconds: Of the evaluation.
        peak_memory_bytes: Of the evaluation.
        measures: What the evaluator measured.
        at: When it was scored, in seconds since 1970; None where it was not.
    """

    number: int
    source: str
    sampler: str = ""
    ticket: int | None = None
    position: int = 0
    island: int | None = None
    generation: int = 0
    parents: tuple[int, ...] = ()
    defect: str | None = None
    duplicate_of: int | None = None
    is_evaluated: bool = True
    score: float | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    integrity: str = ""
    feedback: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int = 0
    measures: Mapping[str, float] = field(default_factory=dict)
    at: float | None = None


@dataclass(frozen=True)
class Relative:
    """A program among ancestors.

    Attributes:
        number: Its number.
        sampler: Who proposed it; "" for the initial one.
        island: Where its parents were; None for the initial one.
        score: None where it has none.
        parents: Numbers of its parents, worst first.
        distance: Generations from the program asked for.
    """

    number: int
    sampler: str
    island: int | None
    score: float | None
    parents: tuple[int, ...]
    distance: int


@dataclass(frozen=True)
class Ancestry:
    """Where a program comes from.

    Attributes:
        members: The program itself first, then its parents, their parents, and so on; each once.
        is_whole: Whether these are all.
    """

    members: tuple[Relative, ...]
    is_whole: bool


@dataclass(frozen=True)
class ProgramRow:
    """A program in a list."""

    number: int
    sampler: str
    island: int
    score: float | None
    defect: str | None
    duplicate_of: int | None
    is_evaluated: int  # 0 or 1, as SQLite has it
    length: int


def read_program(directory: Path, number: int) -> ReadProgram:
    """Returns a program of a run.

    Raises:
        RunError: The run has no such program.
        JournalError: The journal cannot be read.
    """
    with opened(directory) as connection:
        if number == INITIAL:
            return _initial(directory, connection)
        row = connection.execute(f"SELECT {_COLUMNS} {_TABLES} WHERE c.id = ?", (number,)).fetchone()
    if row is None:
        raise RunError(f"program {number}: the run has none of that number")
    try:
        return _program(row)
    except (ValueError, TypeError) as error:
        raise _damaged(directory, error) from error


def read_ancestry(directory: Path, number: int, *, generations: int = 1_000, most: int = 300) -> Ancestry:
    """Returns where a program comes from: parents before grandparents, each once.

    Args:
        directory: Of the run.
        number: Of the program.
        generations: How far back.
        most: How many programs at most.

    Raises:
        RunError: The run has no such program.
        JournalError: The journal cannot be read.
    """
    with opened(directory) as connection:
        initial = _facts(connection).get("initial scores")
        found: dict[int, Relative] = {}
        wanted, distance = [number], 0
        while wanted and distance <= generations and len(found) < most:
            level = wanted[: most - len(found)]
            members = _relatives(directory, connection, level, distance)
            if INITIAL in level:
                members.append(Relative(INITIAL, "", None, initial and initial[0], (), distance))
            found |= {member.number: member for member in members}
            parents = [parent for member in members for parent in reversed(member.parents)]
            wanted = [one for one in dict.fromkeys([*wanted[len(level) :], *parents]) if one not in found]
            distance += 1
    if number not in found:
        raise RunError(f"program {number}: the run has none of that number")
    return Ancestry(tuple(found.values()), not wanted)


def read_descent(directory: Path, number: int, *, most: int = 300) -> Ancestry:
    """Returns a program's line of descent: its best parent, that one's best parent, and so on to the first.

    The other parents of each are members too; the line has up to `most` programs.

    Raises:
        JournalError: The journal cannot be read.
    """
    with opened(directory) as connection:
        initial = _facts(connection).get("initial scores")
        first = Relative(INITIAL, "", None, initial and initial[0], (), most)
        found = {member.number: member for member in _relatives(directory, connection, [number], 0)}
        current, distance = found.get(number, first), 0
        while current.parents and distance < most:
            distance += 1
            wanted = [parent for parent in current.parents if parent not in found]
            members = _relatives(directory, connection, wanted, distance)
            members += [first] if INITIAL in wanted else []
            found |= {member.number: member for member in members}
            current = found.get(current.parents[-1], first)  # they stand worst first
    return Ancestry(tuple(found.values()), not current.parents)


def list_programs(directory: Path, *, before: int | None = None, limit: int = 50) -> list[ProgramRow]:
    """Returns programs of a run, the newest first.

    Args:
        directory: Of the run.
        before: Only those with a smaller number; None for the newest.
        limit: How many at most.

    Raises:
        JournalError: The journal cannot be read.
    """
    query = (
        "SELECT c.id, c.stream, t.island, e.score, c.defect, c.duplicate_of, e.candidate IS NOT NULL, "
        f"length(c.source) {_TABLES} WHERE c.id < ? ORDER BY c.id DESC LIMIT ?"
    )
    with opened(directory) as connection:
        rows = connection.execute(query, (2**62 if before is None else before, limit)).fetchall()
    return [ProgramRow(*row) for row in rows]


def _relatives(
    directory: Path, connection: sqlite3.Connection, numbers: Sequence[int], distance: int
) -> list[Relative]:
    """Returns those programs of a generation that are there, in the order asked for."""
    found: dict[int, Relative] = {}
    for start in range(0, len(numbers), IN_ONE_QUERY):
        part = numbers[start : start + IN_ONE_QUERY]
        marks = ", ".join("?" * len(part))
        for number, sampler, island, parents, score in connection.execute(f"{_RELATIVES} ({marks})", part):
            try:
                found[number] = Relative(number, sampler, island, score, _numbers(parents), distance)
            except (ValueError, TypeError) as error:
                raise _damaged(directory, error) from error
    return [found[number] for number in numbers if number in found]


def _initial(directory: Path, connection: sqlite3.Connection) -> ReadProgram:
    facts = _facts(connection)
    if "initial" not in facts:
        raise RunError(f"{directory}: the run has not stored its initial program yet")
    score, signature = facts.get("initial scores", (None, ()))
    scores = {str(place): float(value) for place, value in enumerate(signature)}
    return ReadProgram(INITIAL, str(facts["initial"]["source"]), score=score, scores=scores)


def _facts(connection: sqlite3.Connection) -> dict[str, Any]:
    rows = connection.execute("SELECT key, value FROM meta WHERE key IN ('initial', 'initial scores')")
    return {key: json.loads(value) for key, value in rows}


def _program(row: Sequence[Any]) -> ReadProgram:
    number, source, sampler, ticket, position, island, generation, parents, defect, duplicate_of, *scored = (
        row
    )
    program = ReadProgram(
        number, source, sampler, ticket, position, island, generation, _numbers(parents), defect,
        duplicate_of, is_evaluated=False,
    )  # fmt: skip
    score, scores, integrity, feedback, seconds, cpu_seconds, peak, measures, at = scored
    if scores is None:
        return program
    known = {
        "is_evaluated": True, "score": score, "scores": json.loads(scores), "integrity": integrity,
        "feedback": feedback, "seconds": seconds, "cpu_seconds": cpu_seconds, "peak_memory_bytes": peak,
        "measures": json.loads(measures), "at": at,
    }  # fmt: skip
    return ReadProgram(**{**vars(program), **known})


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in json.loads(text))


def _damaged(directory: Path, error: Exception) -> JournalError:
    return JournalError(f"{directory / FILE_NAME}: the journal is damaged: {error}")
