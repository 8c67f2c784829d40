"""Tools of the bank as the API tells of them; of hidden tests it tells only how many there are."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from programs.json_form import json_form
from sandbox import SandboxError
from tool_bank import Alias, Event, StoredVersion, Tool, ToolBank, ToolTest
from tool_bank.errors import BankError, BankUnavailable
from tool_bank.reuse import ToolUse

MOST_TESTS = 50  # visible ones that a card shows
MOST_EVENTS = 500  # the newest
MOST_DIFFERENCES = 20_000  # lines
_TOLD = ("description", "function", "packages", "example_queries", "scores", "integrity", "generalises")


class ToolLine(BaseModel):
    """A tool in a list.

    Attributes:
        name: What it is called by.
        description: What it does.
        signature: Its parameters and result, as its source writes them.
        status: Whether it is served.
        version: Names its current version for good.
        scores: Named results of its evaluation.
    """

    name: str
    description: str
    signature: str
    status: str
    version: str
    scores: dict[str, float]


class ToolPage(BaseModel):
    """Some of the bank's tools, in order of their names.

    Attributes:
        tools: Those of this page.
        total: How many there are with the wanted status.
        offset: Number of the first one, from 0.
        counts: How many tools there are of each status.
    """

    tools: list[ToolLine]
    total: int
    offset: int
    counts: dict[str, int]


class ToolMatch(BaseModel):
    """A tool that fits a query, and how well (1.25 at most)."""

    score: float
    tool: ToolLine


class VisibleTest(BaseModel):
    """A call, its right result, and who says so."""

    arguments: dict[str, Any]
    expected: Any
    origin: str


class AliasLine(BaseModel):
    """Another name that a tool answers for, with its parameters renamed and some of them bound."""

    name: str
    target: str
    renamed: dict[str, str]
    bound: dict[str, Any]
    why: str
    at: str


class UseFigures(BaseModel):
    """What the ledger tells of a tool."""

    uses: int
    requests: int
    failures: int
    last_use: str | None
    median_seconds: float | None


class BankEvent(BaseModel):
    """Something that happened to a tool."""

    number: int
    at: str
    kind: str
    version: str
    detail: dict[str, str]


class ToolCard(ToolLine):
    """All that is known of a tool.

    Attributes:
        asked: The name that was asked for; another than `name` where that is an alias.
        source: The whole text of its module.
        function: The entry point.
        documentation: Its docstring.
        parameters: JSON schema of its arguments; None where none could be derived.
        returns: JSON schema of its result; None where that is not known.
        schema_problem: Why there is no schema; "" where there is one.
        why_not_strict: Why OpenAI's strict mode cannot say the parameters; "" where it can.
        example_queries: Requests that it answers.
        integrity: Whether its scores were computed outside the sandbox.
        sandbox: The backend in which they were measured.
        packages: Installed distributions that it wants.
        provenance: Where it comes from.
        supersedes: The version whose place it took.
        generalises: Names of special tools that it answers for.
        tests: The visible ones, the first of them.
        tests_by_origin: How many there are, hidden ones counted in.
        hidden_tests: How many are hidden.
        aliases: Names that it answers for.
        use: What the ledger tells.
        versions: How many there are.
    """

    asked: str
    source: str
    function: str
    documentation: str
    parameters: dict[str, Any] | None
    returns: dict[str, Any] | None
    schema_problem: str
    why_not_strict: str
    example_queries: list[str]
    integrity: str
    sandbox: str
    packages: list[str]
    provenance: dict[str, Any]
    supersedes: str
    generalises: list[str]
    tests: list[VisibleTest]
    tests_by_origin: dict[str, int]
    hidden_tests: int
    aliases: list[AliasLine]
    use: UseFigures
    versions: int


class VersionLine(BaseModel):
    """One version of a tool."""

    version: str
    added_at: str
    is_current: bool
    status: str
    description: str
    signature: str
    scores: dict[str, float]
    supersedes: str
    generalises: list[str]


class ToolHistory(BaseModel):
    """Every version of a tool, the oldest first, and the newest events in order."""

    versions: list[VersionLine]
    events: list[BankEvent]


class Difference(BaseModel):
    """What changed between two versions.

    Attributes:
        before: The one.
        after: The other.
        source: Their sources as a unified diff, line by line; empty where they are the same.
        fields: What else differs: by field its two values.
    """

    before: str
    after: str
    source: list[str]
    fields: dict[str, tuple[Any, Any]]


def line_of(tool: Tool) -> ToolLine:
    """Returns a tool for a list."""
    return ToolLine(
        name=tool.name,
        description=tool.description,
        signature=tool.signature.text,
        status=tool.status,
        version=tool.version,
        scores=tool.scores,
    )


def card_of(bank: ToolBank, asked: str) -> ToolCard:
    """Returns all that is known of the tool that answers for a name; raises `ToolNotFound`."""
    tool = bank.get(asked)
    tests = bank.tests(tool.name)
    visible = [test for test in tests if not test.hidden]
    known = tool.model_dump(mode="json", include=set(ToolCard.model_fields) & set(Tool.model_fields))
    return ToolCard(
        **known,
        **_schema(bank, tool),
        asked=asked,
        version=tool.version,
        signature=tool.signature.text,
        documentation=tool.signature.documentation,
        tests=[_test(test) for test in visible[:MOST_TESTS]],
        tests_by_origin=dict(Counter(test.origin for test in tests)),
        hidden_tests=len(tests) - len(visible),
        aliases=[_alias(alias) for alias in bank.aliases(tool.name)],
        use=_use(bank.use(tool.name)),
        versions=len(bank.history(tool.name)),
    )


def history_of(versions: Sequence[StoredVersion], events: Sequence[Event]) -> ToolHistory:
    """Returns the versions of a tool and what happened to it."""
    return ToolHistory(
        versions=[_version(stored) for stored in versions],
        events=[
            BankEvent(**{**asdict(event), "detail": dict(event.detail)}) for event in events[-MOST_EVENTS:]
        ],
    )


def difference(before: Tool, after: Tool) -> Difference:
    """Returns what changed from one version to another."""
    lines = difflib.unified_diff(
        before.source.splitlines(),
        after.source.splitlines(),
        before.version[:12],
        after.version[:12],
        lineterm="",
    )
    fields = {name: (getattr(before, name), getattr(after, name)) for name in _TOLD}
    return Difference(
        before=before.version,
        after=after.version,
        source=[line for line, _ in zip(lines, range(MOST_DIFFERENCES), strict=False)],
        fields={name: pair for name, pair in fields.items() if pair[0] != pair[1]},
    )


def _schema(bank: ToolBank, tool: Tool) -> Mapping[str, Any]:
    """Returns the schemas of a tool, or why there are none: a card is shown all the same."""
    try:
        described = bank.describe(tool.name)
    except BankUnavailable:
        raise
    except (BankError, SandboxError) as error:
        return {"parameters": None, "returns": None, "schema_problem": str(error), "why_not_strict": ""}
    return {
        "parameters": json_form(described.parameters, strict=True),
        "returns": json_form(described.returns, strict=True),
        "schema_problem": "",
        "why_not_strict": described.why_not_strict,
    }


def _test(test: ToolTest) -> VisibleTest:
    return VisibleTest(arguments=dict(test.arguments), expected=test.expected, origin=test.origin)


def _alias(alias: Alias) -> AliasLine:
    return AliasLine(**asdict(alias))


def _use(use: ToolUse) -> UseFigures:
    return UseFigures(**{name: getattr(use, name) for name in UseFigures.model_fields})


def _version(stored: StoredVersion) -> VersionLine:
    tool = stored.tool
    return VersionLine(
        **line_of(tool).model_dump(exclude={"name"}),
        added_at=stored.added_at,
        is_current=stored.is_current,
        supersedes=tool.supersedes,
        generalises=list(tool.generalises),
    )
