"""The tool bank: one object over the record, the search and the calls."""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType

from language_models.backend import ModelUnavailable
from sandbox.interface import Limits, Sandbox, Value
from tool_bank.calling import call_tool
from tool_bank.encoder import Encoder, MiniLMEncoder
from tool_bank.errors import BankUnavailable, ToolNotCallable
from tool_bank.exact_index import VectorIndex
from tool_bank.record import Event, Record, StoredVersion
from tool_bank.retrieval import Match, Retriever
from tool_bank.tool import SERVED, Tool
from tool_bank.tool_tests import TestRecord, ToolTest

logger = logging.getLogger(__name__)


class ToolBank:
    """Keeps tools for good, finds the right one and runs it. `open` makes one; close it, or use `with`."""

    def __init__(self, record: Record, retriever: Retriever, sandbox: Sandbox | None) -> None:
        self._record = record
        self._tests = TestRecord(record.database)
        self._retriever = retriever
        self._given_sandbox = sandbox
        self._sandboxes: dict[tuple[str, ...], Sandbox] = {}
        self._resources = ExitStack()
        self._resources.callback(record.close)
        self._resources.callback(retriever.close)
        # A bank that nobody closed still seals its index when the program ends.
        self._close = weakref.finalize(self, self._resources.close)

    @classmethod
    def open(
        cls, directory: str | Path, *, sandbox: Sandbox | None = None, encoder: Encoder | None = None
    ) -> ToolBank:
        """Opens the bank in a directory, making it where there is none.

        Args:
            directory: Holds bank.sqlite (the record) and chroma/ (the index, which may be deleted).
            sandbox: Runs the calls, whatever packages a tool wants, and stays open; None opens one for each
                set of packages when it is first wanted, and closes it.
            encoder: Turns texts into vectors; None takes MiniLM.

        Raises:
            BankUnavailable: The directory cannot be used, or its record is damaged or of a newer schema.
        """
        path = Path(directory)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BankUnavailable(
                f"{path}: expected a directory that may be written to: {error.strerror or error}"
            ) from error
        record = Record(path / "bank.sqlite")
        retriever = Retriever(record, encoder or MiniLMEncoder(), partial(_open_index, path / "chroma"))
        return cls(record, retriever, sandbox)

    def add(self, tool: Tool, tests: Iterable[ToolTest] = ()) -> str:
        """Stores a tool as the current version of its name, with its tests; returns the version.

        Twice is once.
        """
        with self._record.database.transaction():
            self._record.add([tool])
            self._tests.add(tool.version, tests)
        self._embed([tool])
        return tool.version

    def add_many(self, tools: Sequence[Tool]) -> list[str]:
        """Stores tools, all or none, and returns their versions."""
        self._record.add(tools)
        self._embed(tools)
        return [tool.version for tool in tools]

    def get(self, name: str) -> Tool:
        """Returns the current version of a tool, of whatever status.

        Raises:
            ToolNotFound: No tool bears that name.
        """
        return self._record.get(name)

    def names(self) -> list[str]:
        """Returns the names of all tools, retired ones too, in order."""
        return self._record.names()

    def tools(self) -> list[Tool]:
        """Returns the current version of every tool, retired ones too, in order of their names."""
        return list(self._record.current().values())

    def history(self, name: str) -> list[StoredVersion]:
        """Returns every version of a tool, the oldest first; raises `ToolNotFound`."""
        return self._record.history(name)

    def events(self, name: str) -> list[Event]:
        """Returns what happened to a tool, in order."""
        return self._record.events(name)

    def tests(self, name: str) -> list[ToolTest]:
        """Returns the tests that the current version of a tool entered with; raises `ToolNotFound`."""
        return self._tests.of(self.get(name).version)

    def add_queries(self, name: str, queries: Iterable[str], origin: str) -> None:
        """Keeps requests that a tool answers, with where they were heard; search finds it by them."""
        self._record.add_queries(name, queries, origin)

    def retire(self, name: str, why: str) -> None:
        """Takes a tool out of search and service; it is kept, and adding it again brings it back."""
        self._record.set_status(name, "retired", why)

    def search(self, query: str, k: int = 5) -> list[Match]:
        """Returns at most k served tools that fit the query, the best first.

        Raises:
            ValueError: k is below 1.
            language_models.ModelUnavailable: The encoder's model is missing and cannot be fetched.
        """
        if k < 1:
            raise ValueError(f"search(k={k}): expected 1 or more")
        return self._retriever.search(query, k)

    def call(self, name: str, arguments: Mapping[str, Value], *, limits: Limits | None = None) -> Value:
        """Returns what a tool returns for arguments by name, run in the sandbox.

        A list is turned into an array for a parameter annotated as one. Raises what `calling.call_tool` does.
        """
        tool = self.get(name)
        if tool.status not in SERVED:
            raise ToolNotCallable(f"{name} is {tool.status}: {self._why(name)}")
        return call_tool(tool, arguments, self._sandbox_for(tool), limits)

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

    def _why(self, name: str) -> str:
        return self.events(name)[-1].detail.get("why", "no reason was given")

    def _sandbox_for(self, tool: Tool) -> Sandbox:
        """Returns a sandbox with the tool's packages; raises `ToolNotCallable` where one is not installed."""
        if self._given_sandbox is not None:
            return self._given_sandbox
        if tool.packages not in self._sandboxes:
            from sandbox.opening import open_sandbox  # late: most banks are only searched

            try:
                sandbox = open_sandbox("auto", packages=tool.packages)
            except ValueError as error:
                raise ToolNotCallable(f"{tool.name}: {error}") from error
            self._resources.callback(sandbox.close)
            self._sandboxes[tool.packages] = sandbox
        return self._sandboxes[tool.packages]


def _open_index(directory: Path, model_id: str) -> VectorIndex:
    from tool_bank.chroma_index import ChromaIndex

    return ChromaIndex(directory, model_id)
