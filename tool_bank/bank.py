"""The tool bank: one object over the record, the search and the calls."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from language_models.backend import ModelUnavailable
from sandbox.interface import Limits, Sandbox, Value
from tool_bank.aliases import Alias, Aliases
from tool_bank.bank_file import lines_of, read_file, write_file
from tool_bank.calling import Caller
from tool_bank.chat_form import chat_tool
from tool_bank.coverage import Arguments
from tool_bank.database import now
from tool_bank.description import ToolDescription, describe
from tool_bank.encoder import Encoder, MiniLMEncoder
from tool_bank.errors import BankUnavailable, StepRefused, ToolNotCallable, ToolSchemaFailed
from tool_bank.index_door import IndexDoor
from tool_bank.ledger import Ledger
from tool_bank.merging import Merging
from tool_bank.quarantine import Quarantine
from tool_bank.record import Event, Record, StoredVersion
from tool_bank.record_merge import Merged, merge
from tool_bank.retirement import Grace, unused
from tool_bank.retrieval import Found, Match, Retriever
from tool_bank.reuse import BankUse, ToolUse, bank_use, tool_use
from tool_bank.sandboxes import Sandboxes
from tool_bank.schema import ToolSchema
from tool_bank.schema_store import SchemaStore
from tool_bank.serving import Serving
from tool_bank.spells import spells
from tool_bank.succession import Entry, Succession
from tool_bank.tool import SERVED, Status, Tool
from tool_bank.tool_tests import TestRecord, ToolTest
from tool_bank.trial import Trial

logger = logging.getLogger(__name__)


class ToolBank:
    """Keeps tools for good, finds the right one and runs it. `open` makes one; close it, or use `with`."""

    def __init__(
        self, record: Record, retriever: Retriever, sandbox: Sandbox | None, door: IndexDoor
    ) -> None:
        self._record = record
        self._door = door
        sandboxes = Sandboxes(sandbox)
        self._schemas = SchemaStore(record, sandboxes)
        self._caller = Caller(self._schemas, sandboxes)
        self._tests = TestRecord(record.database)
        self._aliases = Aliases(record.database)
        self._ledger = Ledger(record.database)
        self._quarantine = Quarantine(record, self._aliases, self._ledger)
        self._serving = Serving(record, self._aliases, self._ledger, self._quarantine, self._caller.call)
        trial = Trial(self._caller.call)
        self._succession = Succession(record, self._tests, self._aliases, trial)
        self._merging = Merging(self._succession, trial, partial(_found, retriever))
        self._retriever = retriever
        self._resources = ExitStack()
        self._resources.callback(sandboxes.close)
        self._resources.callback(record.close)
        self._resources.callback(retriever.close)
        # A bank that nobody closed still seals its index when the program ends.
        self._close = weakref.finalize(self, self._resources.close)

    @classmethod
    def open(
        cls,
        directory: str | Path,
        *,
        sandbox: Sandbox | None = None,
        encoder: Encoder | None = None,
        index: str | None = None,
    ) -> ToolBank:
        """Opens the bank in a directory, making it where there is none.

        Args:
            directory: Holds bank.sqlite (the record) and chroma/ (the index, which may be deleted).
            sandbox: Runs the calls, whatever packages a tool wants, and stays open; None opens one for each
                set of packages when it is first wanted, and closes it. Schemas are derived, and values that
                JSON does not have are converted, in one that the bank opens, of the same backend.
            encoder: Turns texts into vectors; None takes MiniLM.
            index: Address of a Chroma server ("http://127.0.0.1:8000", see `chroma run`) that is asked for
                the nearest vectors in place of the files in chroma/; for many readers of a large bank.

        Raises:
            BankUnavailable: The directory cannot be used, or its record is damaged or of a newer schema.
            ValueError: `index` is no address.
        """
        path = Path(directory)
        door = IndexDoor(path / "chroma", index)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BankUnavailable(
                f"{path}: expected a directory that may be written to: {error.strerror or error}"
            ) from error
        record = Record(path / "bank.sqlite")
        retriever = Retriever(record, encoder or MiniLMEncoder(), door.open)
        return cls(record, retriever, sandbox, door)

    def add(self, tool: Tool, tests: Iterable[ToolTest] = ()) -> str:
        """Stores a tool as the current version of its name, with its tests; returns the version.

        Twice is once.
        """
        with self._record.database.transaction():
            self._aliases.remove(tool.name)
            self._record.add([tool])
            self._tests.add(tool.version, tests)
        self._embed([tool])
        return tool.version

    def challenge(self, tool: Tool, tests: Iterable[ToolTest] = (), *, score: str | None = None) -> Entry:
        """Lets a tool compete for its name; returns what became of it.

        Under a new name it enters, as a candidate where it fails its own tests. Else it must pass them and
        all tests of the champion, of the versions that one superseded and of the aliases that it answers
        for, run in the sandbox as `call` runs it. If it does, it is the champion; if not, it is kept as a
        version, and the champion stays.

        Args:
            tool: The challenger.
            tests: Its own tests.
            score: Name of the score by which it must be better as well, where the champion has that one.
                Without tests of the champion only a score decides; with neither, the champion stays.
        """
        entry = self._succession.challenge(tool, tests, score)
        self._embed([self._record.get(tool.name)])
        return entry

    def admit(self, tool: Tool, tests: Iterable[ToolTest] = (), *, score: str | None = None) -> Entry:
        """Takes a tool in as `challenge` does, and keeps each behaviour once.

        A tool of a new name that answers as one in the bank does, on all inputs of both their tests and
        near them, becomes an alias of that one, which is found by its requests from then on; so does a
        special case of a general tool, with the rest of the parameters bound. A newcomer that is the general
        one takes over the special ones. `separate` undoes it.
        """
        entry = self._merging.admit(tool, tests, score)
        self._embed([self.get(tool.name)])
        return entry

    def rollback(self, name: str, why: str) -> Tool:
        """Brings back the last version before the current one that was in service, and returns it.

        The aliases that the current version has got end.

        Raises:
            ToolNotFound: No tool bears that name.
            StepRefused: No other version was in service, or the name is an alias.
        """
        return self._succession.rollback(name, why)

    def release(self, name: str, why: str) -> Tool:
        """Brings a quarantined tool back into service and returns it; raises `StepRefused` for others."""
        return self._quarantine.release(self._aliases.target(name), why)

    def aliases(self, name: str | None = None) -> list[Alias]:
        """Returns the aliases that lead to a tool, straight or by another alias; None: all of them."""
        wanted = (self._aliases.of(alias) for alias in sorted(self._aliases.names()))
        return [a for a in wanted if a and (name is None or self._aliases.target(a.name) == name)]

    def separate(self, alias: str, why: str) -> Tool:
        """Ends an alias and returns the tool that bore the name, in service again; raises `StepRefused`."""
        return self._succession.separate(alias, why)

    def add_many(self, tools: Sequence[Tool]) -> list[str]:
        """Stores tools, all or none, and returns their versions."""
        with self._record.database.transaction():
            for tool in tools:
                self._aliases.remove(tool.name)
            self._record.add(tools)
        self._embed(tools)
        return [tool.version for tool in tools]

    def get(self, name: str) -> Tool:
        """Returns the current version of a tool, of whatever status; for an alias the tool that answers.

        Raises:
            ToolNotFound: No tool bears that name.
        """
        return self._record.get(self._aliases.target(name))

    def names(self) -> list[str]:
        """Returns the names of all tools, retired ones too, in order; `aliases` are not among them."""
        aliases = self._aliases.names()
        return [name for name in self._record.names() if name not in aliases]

    def statuses(self) -> dict[str, Status]:
        """Returns the status of each of these names; no tool is read for it, however many there are."""
        aliases = self._aliases.names()
        return {name: status for name, status in self._record.statuses().items() if name not in aliases}

    def tools(self) -> list[Tool]:
        """Returns the current version of every tool, retired ones too, in order of their names."""
        aliases = self._aliases.names()
        return [tool for tool in self._record.current().values() if tool.name not in aliases]

    def history(self, name: str) -> list[StoredVersion]:
        """Returns every version of a name, an alias's own too, the oldest first; raises `ToolNotFound`."""
        return self._record.history(name)

    def events(self, name: str) -> list[Event]:
        """Returns what happened to a tool, in order."""
        return self._record.events(name)

    def tests(self, name: str) -> list[ToolTest]:
        """Returns what a successor of a tool must pass; raises `ToolNotFound`.

        These are the tests that its current version entered with, those of the versions which that one
        superseded, and those of its aliases, in its own words.
        """
        return self._succession.required(self.get(name))

    def add_queries(self, name: str, queries: Iterable[str], origin: str) -> None:
        """Keeps requests that a tool answers, with where they were heard; search finds it by them."""
        self._record.add_queries(self._aliases.target(name), queries, origin)

    def retire(self, name: str, why: str) -> None:
        """Takes a tool out of search and service; it is kept, and adding it again brings it back."""
        if self._aliases.of(name):
            target = self._aliases.target(name)
            raise StepRefused(f"{name} is an alias of {target}: retire that tool, or separate the alias")
        self._record.set_status(name, "retired", why)

    def retire_unused(self, grace: Grace | None = None, *, dry_run: bool = False) -> list[str]:
        """Retires tools used fewer than log20(n) times in n requests; returns their names.

        Args:
            grace: What a tool is given before; None: 30 days and 200 requests.
            dry_run: Only tells which they would be.
        """
        since: dict[str, str] = {}
        for tool in self._record.current(SERVED).values():
            for spell in spells(self._record.events(tool.name))[-1:]:
                since[tool.name] = spell.at
        found = unused(since, self._ledger.by_tool(), grace or Grace(), now())
        if not dry_run:
            for one in found:
                self._record.set_status(one.name, "retired", one.why)
        return [one.name for one in found]

    def stats(self) -> BankUse:
        """Returns what the ledger of all calls tells of the tools and of their reuse."""
        return bank_use(self.tools(), SERVED, self._ledger.by_tool())

    def most_used(self, count: int) -> list[str]:
        """Returns the names of served tools, the most called first; of equals, in order of their names."""
        uses = self._ledger.counts()
        served = [name for name, status in self.statuses().items() if status in SERVED]
        return sorted(served, key=lambda name: (-uses.get(name, 0), name))[:count]

    def use(self, name: str) -> ToolUse:
        """Returns what the ledger tells of the tool that answers for a name; raises `ToolNotFound`."""
        tool = self.get(name)
        return tool_use(tool, self._ledger.of_tool(tool.name))

    def search(self, query: str, k: int = 5) -> list[Match]:
        """Returns at most k served tools that fit the query, the best first.

        Raises:
            ValueError: k is below 1.
            language_models.ModelUnavailable: The encoder's model is missing and cannot be fetched.
        """
        if k < 1:
            raise ValueError(f"search(k={k}): expected 1 or more")
        return self._retriever.search(query, k)

    def find(self, request: str, arguments: Arguments | None = None, *, sure: float = 0.5) -> Found:
        """Returns the tool that answers a request, or that there is no such tool.

        Args:
            request: What is wanted, in words.
            arguments: Values it would be called with, by name or by position: a tool that they do not fit is
                passed over. None: unknown.
            sure: The least probability that the bank has a tool for it.

        Raises:
            language_models.ModelUnavailable: The encoder's model is missing and cannot be fetched.
        """
        return self._retriever.find(request, arguments, sure)

    def call(
        self, name: str, arguments: Mapping[str, Value], *, limits: Limits | None = None, request: str = ""
    ) -> Value:
        """Returns what a tool returns for arguments by name, run in the sandbox.

        Arguments and result are checked against the tool's schema, and turned into what it wants: lists into
        arrays, texts into dates, objects into dataclasses. An alias takes the parameters of the tool that
        bore the name. Raises what `calling.call_tool` does.

        Args:
            name: A tool or an alias.
            arguments: By name.
            limits: Of the process; None stands for the sandbox's own.
            request: What the tool is called for, in its user's words; the ledger keeps it.

        Raises:
            ToolNotCallable: It is not served, or was withdrawn after failing three times in a row.
        """
        return self._serving.call(name, arguments, limits, request)

    def openai_tools(self, query: str, k: int = 5) -> list[dict[str, Any]]:
        """Returns at most k served tools that fit the query, ready for the `tools` of a chat request.

        A tool that no schema can be derived for is left out, with a warning. Raises what `search` does, and
        `sandbox.SandboxError` where a schema is wanted for the first time and no sandbox can be had.
        """
        found = []
        for match in self.search(query, k):
            try:
                found.append(chat_tool(match.tool, self._schemas.of(match.tool)))
            except (ToolSchemaFailed, ToolNotCallable) as error:
                logger.warning("not offered: %s", error)
        return found

    def describe(self, name: str) -> ToolDescription:
        """Returns what a caller needs to know of a tool: its schema, documentation and example calls.

        Raises:
            ToolNotFound: No tool bears that name.
            ToolSchemaFailed: No schema can be derived for it.
        """
        tool = self.get(name)
        return describe(tool, self._schemas.of(tool), self.tests(name))

    def schema(self, name: str) -> ToolSchema:
        """Returns what a tool takes and gives; raises `ToolNotFound` and `ToolSchemaFailed`."""
        return self._schemas.of(self.get(name))

    @property
    def clock(self) -> int:
        """The number of the last event: another one as soon as any process has changed a tool."""
        return self._record.clock()

    @property
    def index_role(self) -> str:
        """What the searches of this process are answered by; empty before the first.

        "writer": the index, which it keeps; "reader": another process keeps it, and this one compares every
        vector, or asks the same server; "exact: REASON": the index cannot be used.
        """
        return self._door.role

    def export(self, path: str | Path, *, vectors: bool = False) -> int:
        """Writes all that the bank holds into one file of JSON lines; returns the number of its rows.

        Args:
            path: The file, which is replaced whole or not at all.
            vectors: With those of all versions; without them, search makes them anew after an import.

        Raises:
            BankUnavailable: The record is damaged; `salvage` reads what can be read.
        """
        with self._record.database.snapshot():
            return write_file(Path(path), lines_of(self._record.database, vectors=vectors))

    def import_file(self, path: str | Path, *, overwrite: bool = False) -> Merged:
        """Adds what an exported file holds, all of it or nothing; the same file again changes nothing.

        Args:
            path: The file.
            overwrite: What a name stands for in the file counts also where this bank has that name.

        Raises:
            BankFileRefused: A line is changed, missing, or none that a bank can hold; it is named.
        """
        return merge(self._record.database, read_file(Path(path)), overwrite=overwrite)

    def close(self) -> None:
        """Closes the record, the index, and the sandbox where the bank opened it."""
        self._close()

    def __enter__(self) -> ToolBank:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _embed(self, tools: Sequence[Tool]) -> None:
        try:
            self._retriever.embed(tools)
        except ModelUnavailable as error:
            logger.warning("stored, but not yet to be found by search: %s", error)


def _found(retriever: Retriever, query: str, k: int) -> list[Tool]:
    return [match.tool for match in retriever.search(query, k)]
