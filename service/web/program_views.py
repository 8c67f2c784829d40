"""What the server says of single programs of a run, as values of its API."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

from funsearch.exchange_search import FoundExchange
from funsearch.program_reading import ProgramRow, ReadProgram, Relative
from funsearch.prompt_rebuilding import RebuiltPrompt
from funsearch.task import Task
from service.web.run_views import shown

LONGEST_TEXT = 200_000  # characters of a source, a feedback or a message
MOST_TESTS = 2_000
DIFF_LINES = 3_000  # of each side; comparing takes longer than their number


class Relation(BaseModel):
    """A parent, in short."""

    program: int
    score: float | None
    shown: str


class ProgramView(BaseModel):
    """A program of a run.

    Attributes:
        program: Its number; 0 is the initial one.
        source: Text of the evolved function.
        is_cut: Whether a text here was too long to be given whole.
        sampler: Who proposed it; "" for the initial one.
        ticket: Which prompt of that sampler it answers.
        position: Which of the answers it is, from 0.
        island: Where its parents were.
        generation: Of that island.
        parents: Worst first.
        state: "initial", "valid", "invalid", "defective", "duplicate" or "waiting".
        defect: Why it is no function that could be run; "" for a sound one.
        duplicate_of: The program that it repeats.
        score: None where it earned none.
        shown: The score as its task words it.
        figure: What a score is, in words.
        scores: Score of each test.
        tests: How many tests there are; `scores` has the first ones.
        integrity: "verified" or "in-process"; "" where it was not scored.
        feedback: What the evaluation said.
        seconds: How long the evaluation took.
        cpu_seconds: Of the evaluation.
        peak_memory_bytes: Of the evaluation.
        measures: What the evaluator measured.
        at: When it was scored, in seconds since 1970.
    """

    program: int
    source: str
    is_cut: bool
    sampler: str
    ticket: int | None
    position: int
    island: int | None
    generation: int
    parents: list[Relation]
    state: Literal["initial", "valid", "invalid", "defective", "duplicate", "waiting"]
    defect: str
    duplicate_of: int | None
    score: float | None
    shown: str
    figure: str
    scores: dict[str, float | None]
    tests: int
    integrity: str
    feedback: str
    seconds: float
    cpu_seconds: float
    peak_memory_bytes: int
    measures: dict[str, float | None]
    at: float | None


class ProgramLine(BaseModel):
    """A program in a list."""

    program: int
    sampler: str
    island: int
    score: float | None
    shown: str
    state: str
    length: int


class ProgramList(BaseModel):
    """A page of programs, the newest first; `before` asks for the next one, None where there is none."""

    programs: list[ProgramLine]
    before: int | None


class Ancestor(BaseModel):
    """A program among ancestors; parents that are not listed lie further back than was asked for."""

    program: int
    sampler: str
    island: int | None
    score: float | None
    shown: str
    parents: list[int]
    distance: int


class AncestryView(BaseModel):
    """The program itself, then its parents, their parents and so on, each once."""

    members: list[Ancestor]
    is_whole: bool


class Difference(BaseModel):
    """A unified diff; `lines` have no line ends."""

    old: int
    new: int
    lines: list[str]
    is_cut: bool


class Said(BaseModel):
    """A message of a prompt."""

    role: str
    content: str


class PromptView(BaseModel):
    """The prompt that made a program.

    Attributes:
        kind: "exchange": as it was kept in the traces, word for word; "rebuilt": built again from the parents
            by the sampler's own code; "none": no model was asked, or it cannot be built again.
        note: What it is, in words.
        messages: What was asked.
        reply: What came back for this program; "" where that was not kept.
        exchange: Name of the exchange in the traces; "" where none is linked.
        backend: Who replied; "" where that was not kept.
        is_cut: Whether a text was too long to be given whole.
    """

    kind: Literal["exchange", "rebuilt", "none"]
    note: str
    messages: list[Said]
    reply: str = ""
    exchange: str = ""
    backend: str = ""
    is_cut: bool = False


def program_view(program: ReadProgram, parents: Mapping[int, float | None], task: Task | None) -> ProgramView:
    """Returns a program as its page shows it."""
    texts = (program.source, program.feedback, program.defect or "")
    return ProgramView(
        program=program.number,
        source=_cut(program.source),
        is_cut=any(len(text) > LONGEST_TEXT for text in texts) or len(program.scores) > MOST_TESTS,
        sampler=program.sampler,
        ticket=program.ticket,
        position=program.position,
        island=program.island,
        generation=program.generation,
        parents=[
            Relation(program=number, score=parents.get(number), shown=shown(task, parents.get(number)))
            for number in program.parents
        ],
        state=_state(program),
        defect=_cut(program.defect or ""),
        duplicate_of=program.duplicate_of,
        score=_finite(program.score),
        shown=shown(task, _finite(program.score)),
        figure=task.figure if task else "score",
        scores=_numbers(program.scores),
        tests=len(program.scores),
        integrity=program.integrity,
        feedback=_cut(program.feedback),
        seconds=program.seconds,
        cpu_seconds=program.cpu_seconds,
        peak_memory_bytes=program.peak_memory_bytes,
        measures=_numbers(program.measures),
        at=program.at,
    )


def program_line(row: ProgramRow, task: Task | None) -> ProgramLine:
    """Returns a program as a list shows it."""
    known = ReadProgram(
        row.number, "", ticket=0, defect=row.defect, duplicate_of=row.duplicate_of, score=row.score,
        is_evaluated=bool(row.is_evaluated),
    )  # fmt: skip
    return ProgramLine(
        program=row.number,
        sampler=row.sampler,
        island=row.island,
        score=_finite(row.score),
        shown=shown(task, _finite(row.score)),
        state=_state(known),
        length=row.length,
    )


def ancestor_view(member: Relative, task: Task | None) -> Ancestor:
    """Returns a program among ancestors."""
    return Ancestor(
        program=member.number,
        sampler=member.sampler,
        island=member.island,
        score=_finite(member.score),
        shown=shown(task, _finite(member.score)),
        parents=list(member.parents),
        distance=member.distance,
    )


def difference(old: ReadProgram, new: ReadProgram) -> Difference:
    """Returns what a program changed of another one, as a unified diff."""
    before, after = _cut(old.source).splitlines(), _cut(new.source).splitlines()
    lines = difflib.unified_diff(
        before[:DIFF_LINES],
        after[:DIFF_LINES],
        f"program {old.number}",
        f"program {new.number}",
        lineterm="",
    )
    is_cut = max(len(before), len(after)) > DIFF_LINES or max(len(old.source), len(new.source)) > LONGEST_TEXT
    return Difference(old=old.number, new=new.number, lines=list(lines), is_cut=is_cut)


def prompt_view(rebuilt: RebuiltPrompt, kept: FoundExchange | None, position: int) -> PromptView:
    """Returns the prompt of a program: as it was kept, else as it was built again."""
    if kept is not None:
        messages = [(str(one.get("role", "")), str(one.get("content") or "")) for one in kept.messages]
        reply = kept.replies[position] if position < len(kept.replies) else ""
        note = "The exchange itself, word for word, as the traces kept it."
    else:
        messages = [(message.role, message.content) for message in rebuilt.messages]
        reply, note = "", rebuilt.note
    return PromptView(
        kind="exchange" if kept else "rebuilt" if messages else "none",
        note=note,
        messages=[Said(role=role, content=_cut(content)) for role, content in messages],
        reply=_cut(reply),
        exchange=kept.id if kept else "",
        backend=kept.backend if kept else "",
        is_cut=any(len(text) > LONGEST_TEXT for _, text in [*messages, ("", reply)]),
    )


def _state(
    program: ReadProgram,
) -> Literal["initial", "valid", "invalid", "defective", "duplicate", "waiting"]:
    if program.ticket is None:
        return "initial"
    if program.defect is not None:
        return "defective"
    if program.duplicate_of is not None:
        return "duplicate"
    if not program.is_evaluated:
        return "waiting"
    return "invalid" if program.score is None else "valid"


def _cut(text: str) -> str:
    """Returns a text that is not too long, and that JSON can carry."""
    return text[:LONGEST_TEXT].encode("utf-8", "replace").decode()


def _numbers(values: Mapping[str, float]) -> dict[str, float | None]:
    return {str(name)[:200]: _finite(value) for name, value in list(values.items())[:MOST_TESTS]}


def _finite(value: float | None) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None
