"""The tools and processes that the tests of the MCP door share."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mcp import StdioServerParameters

from tool_bank import Tool, ToolBank, ToolTest
from tool_bank.scripted import ScriptedEncoder

PATIENCE = 60.0
ROOT = Path(__file__).parents[2]


def tool(name: str, source: str, description: str = "", **fields: Any) -> Tool:
    about = description or f"Does what {name} says."
    return Tool(name=name, description=about, source=source, function=name, packages=(), **fields)


DOUBLE = tool(
    "double_it",
    "def double_it(number: int) -> int:\n    return 2 * number\n",
    "Doubles a number.",
    scores={"visible": 1.0, "hidden": 0.75},
)
ROOT_OF = tool(
    "root_of",
    "def root_of(number: float) -> float:\n    if number < 0:\n        raise ValueError('negative')\n    return number ** 0.5\n",
    "Square root of a number.",
)
ENDLESS = tool("endless", "def endless(number: int) -> int:\n    while True:\n        pass\n", "Never ends.")
ENDLESS_NOW = {"number": 1}
INFINITE = tool(
    "infinite", "def infinite(number: int) -> float:\n    return float('inf')\n", "Gives infinity."
)
WIDTH = tool(
    "width",
    "def width(größe: int, schema: str = 'x') -> str:\n    return schema * größe\n",
    "Repeats a text.",
)
SEARCHER = tool(
    "search_tools", "def search_tools(number: int) -> int:\n    return -number\n", "Negates a number."
)
TESTS = [ToolTest({"number": 21}, 42, "example"), ToolTest({"number": 4}, 8, "consensus", hidden=True)]


@contextmanager
def bank_of(folder: Path) -> Iterator[ToolBank]:
    """Opens the bank as another process does."""
    with ToolBank.open(folder / "bank", encoder=ScriptedEncoder()) as bank:
        yield bank


def fill(folder: Path, *tools: Tool) -> Path:
    """Makes a bank in a folder."""
    with bank_of(folder) as bank:
        for each in tools or (DOUBLE, ROOT_OF):
            bank.add(each, TESTS if each is DOUBLE else ())
    return folder


def arguments(folder: Path, *more: str, work: str = "none") -> list[str]:
    """The command line of a process that serves the bank of a folder."""
    places = ["--bank", str(folder / "bank"), "--directory", str(folder / "agent")]
    return ["-m", "tests.service.mcp_process", work, "mcp", *places, *more]


def stdio(folder: Path, *more: str, work: str = "none") -> StdioServerParameters:
    """What the library's client starts."""
    environment = {
        name: value for name, value in os.environ.items() if name.startswith(("FUNSEARCH", "PYTHON"))
    }
    return StdioServerParameters(
        command=sys.executable, args=arguments(folder, *more, work=work), cwd=ROOT, env=environment
    )


class Raw:
    """A process that is spoken to line by line, without the library."""

    def __init__(self, folder: Path, *more: str, work: str = "none") -> None:
        with (folder / "stderr").open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, *arguments(folder, *more, work=work)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                cwd=ROOT,
            )
        self._number = 0

    def send(self, method: str, params: Any = None, *, is_request: bool = True) -> int:
        """Sends a message and returns its number."""
        self._number += 1
        told = {"jsonrpc": "2.0", "method": method} | ({"id": self._number} if is_request else {})
        self.write(json.dumps(told | ({} if params is None else {"params": params})))
        return self._number

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def read(self) -> Any:
        """Returns the next message; anything that is none fails."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the process said nothing more"
        return json.loads(line)

    def answer(self, method: str, params: Any = None) -> Any:
        """Returns what is answered to a request; notices that come between are passed over."""
        number = self.send(method, params)
        while (said := self.read()).get("id") != number:
            assert "method" in said
        return said

    def shake_hands(self, version: str) -> Any:
        """Begins as older clients do."""
        params = {
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "0"},
        }  # fmt: skip
        told = self.answer("initialize", params)
        self.send("notifications/initialized", is_request=False)
        return told["result"]

    def end(self) -> int:
        """Closes stdin and returns the status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(PATIENCE)

    def signal(self, number: signal.Signals) -> int:
        """Sends a signal and returns the status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def raw(folder: Path, *more: str, work: str = "none") -> Iterator[Raw]:
    """Starts a process, and kills it at last."""
    started = Raw(folder, *more, work=work)
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait()
        for stream in (started.process.stdin, started.process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
