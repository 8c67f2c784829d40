"""A whole server on this machine, with a bank, requests, traces and models of its own, to be looked at by a browser.

Wherever others' words are shown, they hold markup that would run (`PLANT`) if a page took it for such.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from agent.agent_file import open_record
from agent.request import Outcome, Question, State, Wish
from agent.requests.request_store import RequestStore
from agent.trace_entry import TraceEntry
from language_models.traces import Outcome as Became
from language_models.traces import Traces
from service.web.access import Access
from service.web.request_workers import RequestWorkers
from service.web.served import Served
from service.web.server import bound, guarded, server_of
from tool_bank import Tool, ToolBank, ToolTest
from tool_bank.scripted import ScriptedEncoder

TOKEN = "a-token-for-the-tests-only"
PATIENCE = 20.0
PLANT = (
    '<img src="x" onerror="window.__planted = 1; alert(1)">'
    "<script>window.__planted = 2; alert(2)</script>"
    '<svg onload="window.__planted = 3"></svg><a href="javascript:window.__planted = 4">click</a>'
)
SOURCE = '''def seconds(text: str, factor: int = 1) -> int:
    """Returns how many seconds a duration such as "1h30m" has."""
    units = {"h": 3600, "m": 60, "s": 1}
    total, number = 0, ""
    for letter in text:
        if letter.isdigit():
            number += letter
        else:
            total += int(number) * units[letter]
            number = ""
    return total * factor  # PLANTED
'''.replace("PLANTED", PLANT)
BETTER = SOURCE.replace("{", '{"d": 86400, ', 1)
TESTS = [
    ToolTest({"text": "1h30m"}, 5400, "example"),
    ToolTest({"text": "2m"}, 120, "consensus"),
    ToolTest({"text": "45h"}, 162_000, "consensus", hidden=True),
]
QUESTION = Question("q1", f"Which year is meant? {PLANT}")
PLAN = "text = '2d4h'\nanswer = seconds(text=text)\n"


@dataclass(frozen=True)
class Site:
    """A server that runs: its address, and what it serves."""

    address: str
    served: Served


@contextmanager
def open_site(folder: Path, sandbox: Any = None, *, is_empty: bool = False) -> Iterator[Site]:
    """Opens a record and a bank in a folder, and serves them on a free port.

    Args:
        folder: For all that is kept.
        sandbox: Runs the bank's tools; None: what the bank finds.
        is_empty: Whether nothing is in them.
    """
    database = open_record(folder / "agent")
    with ToolBank.open(folder / "bank", sandbox=sandbox, encoder=ScriptedEncoder()) as bank:
        requests = RequestStore(database)
        workers = RequestWorkers(requests, lambda: _worker(requests))
        served = Served(folder / "runs", bank, database, requests, workers, folder / "traces")
        if not is_empty:
            fill(served)
        workers.start()
        with serving(served) as address:
            yield Site(address, served)
        workers.stop()
    database.close()


@contextmanager
def serving(served: Served) -> Iterator[str]:
    """Serves on a free port; yields the address."""
    listening = bound(0)
    listening.listen()  # so that whoever connects at once is heard when the server is up
    server = server_of(guarded(served, Access(TOKEN)))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive(), "the server does not end"


@contextmanager
def _worker(requests: RequestStore) -> Iterator[Any]:
    """Opens one that works on requests by a script: it asks a question, and then it is done."""

    def run(id: str) -> None:
        found = requests.get(id)
        if found.state is State.NOT_STARTED:
            requests.start(id)
        if requests.answer_to(id, QUESTION) is None:
            requests.progress(id, f"looking for tools {PLANT}")
            requests.ask(id, QUESTION)
            return
        requests.progress(id, "plan 1")
        requests.succeed(id, outcome())

    yield SimpleNamespace(store=requests, run=run)


def outcome(value: Any = 187_200) -> Outcome:
    """Returns what comes of a request: with steps by code, a tool, a model and the user."""
    steps = (
        TraceEntry("code", 1, "", {}, {"text": "2d4h"}),
        TraceEntry("tool", 2, "seconds", {"text": f"2d4h {PLANT}"}, value),
        TraceEntry("model", 3, "is_polite", {"text": "hello"}, PLANT),
        TraceEntry("user", 4, "ask_user", {"question": "Which year?"}, "2026"),
        TraceEntry("tool", 5, "seconds", {}, None, f"ValueError: {PLANT}"),
    )
    trace = tuple(entry.as_dict() for entry in steps)
    return Outcome(value, f"answer: {value} {PLANT}", trace, ("seconds",), ("seconds",), 1234, 2.5)


def fill(served: Served) -> None:
    """Puts something of each kind into what is served."""
    fill_bank(served.bank)
    fill_requests(served)
    assert served.traces is not None
    fill_traces(Traces(served.traces))


def fill_bank(bank: ToolBank) -> None:
    """Adds a tool with two versions, one that fails, one in quarantine's place, and a retired one."""
    about = f"Tells how many seconds a duration such as '1h30m' has. {PLANT}"
    said = {"description": about, "function": "seconds", "example_queries": (f"duration to seconds {PLANT}",)}
    bank.add(Tool(name="seconds", source=SOURCE, **said, scores={"visible": 0.92}), TESTS)
    better = Tool(name="seconds", source=BETTER, **said, scores={"visible": 1.0, "hidden": 1.0})
    bank.add(better, TESTS)
    broken = "def divide(x: int) -> float:\n    return x / 0\n"
    bank.add(Tool(name="divide", description=f"Divides. {PLANT}", source=broken, function="divide"))
    old = "def shout(text: str) -> str:\n    return text.upper()\n"
    bank.add(Tool(name="shout", description="Writes a text in capitals.", source=old, function="shout"))
    bank.retire("shout", f"nobody used it {PLANT}")
    more = "def {0}(x: int) -> int:\n    return x + {1}\n"
    for number in range(30):
        name = f"plus_{number:02}"
        bank.add(
            Tool(name=name, description=f"Adds {number}.", source=more.format(name, number), function=name)
        )


def fill_requests(served: Served) -> None:
    """Files requests that stand in every state; what waits for work is left to the workers."""
    requests = served.requests
    wish = Wish(f"How many seconds are 2d4h? {PLANT}", (f"answer > 0 {PLANT}",), ("at most 5 steps",))
    requests.file(wish, "succeeded")
    requests.start("succeeded")
    requests.progress("succeeded", f"looking for tools {PLANT}")
    requests.ask("succeeded", QUESTION)
    requests.answer("succeeded", f"2026 {PLANT}")
    requests.succeed("succeeded", outcome())
    row = ("succeeded", wish.objective, PLAN + f"# {PLANT}", "[]", "2026-01-01T00:00:00")
    with served.database.transaction():
        served.database.write(
            "INSERT INTO plans (request, objective, source, tools, at) VALUES (?, ?, ?, ?, ?)", row
        )
    requests.file(Wish("Sort my tax papers."), "failed")
    requests.start("failed")
    requests.fail("failed", Outcome(summary=f"plan 1 failed: no such tool {PLANT}", tokens=40, seconds=0.5))
    requests.file(Wish("Never mind."), "canceled")
    requests.cancel("canceled")
    requests.file(Wish("Which days were warm?"), "waiting")


def fill_traces(traces: Traces) -> None:
    """Keeps exchanges that went well, failed, and continued a text."""
    asked = {
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Hi {PLANT}"}]
    }
    for number in range(30):
        answer = {
            "choices": [{"text": f"```python\nreturn {number}\n``` {PLANT}", "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100 + number, "completion_tokens": 20},
        }
        kind = ("evolving", "creating", f"planning {PLANT}")[number % 3]
        name = traces.exchange(
            {"purpose": kind, "backend": f"tiny {PLANT}", "request": asked, "answer": answer, "seconds": 0.5},
            f"exchange{number:02}",
        )
        traces.outcome(name, Became(0, number % 2 == 0, number / 10, f"it ran {PLANT}"))
    failed = {"type": "ModelUnavailable", "message": f"no answer {PLANT}"}
    text = {"prompt": "def f():", "temperature": 0.7}
    traces.exchange(
        {"purpose": "evolving", "backend": "tiny", "request": text, "error": failed, "seconds": 1.0},
        "failed00",
    )
    traces.close()
