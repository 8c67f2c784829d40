"""Measures the request socket: `python -m experiments.bench_socket --clients 200 --requests 5`.

`funsearch serve` runs as a process of its own, with a scripted model behind an OpenAI-compatible endpoint.
Each client files its requests at once; every other request asks a question, which its client answers. Every
plan runs in the sandbox. At the end the events that each client got are compared with the record, by number:
none may be lost or doubled, and each request has one result, the right one. With `--kill 2` the server is
killed (SIGKILL) twice, after a third and two thirds of the results, and started again.

"accepted": from `create` to its answer; "told": from the time of an event in the record to its arrival.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from agent.agent_file import open_record
from agent.requests.request_store import RequestStore
from experiments.scripted_endpoint import scripted_endpoint
from service.client import RequestClient
from service.web.messages import Asked, EventMessage, Result

TOKEN = "the-token-of-the-benchmark"
PLAN = "You write a short Python program"
START_SECONDS = 120.0
ASKING = "Ask for a number and add"  # begins the objectives of requests that ask


@dataclass
class Seen:
    """What the clients saw.

    Attributes:
        accepted: Seconds from `create` to its answer.
        told: Seconds from an event to its arrival.
        events: Of each request, as they came.
        results: How many requests have ended.
    """

    accepted: list[float] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    events: dict[str, list[EventMessage]] = field(default_factory=dict)
    results: int = 0


class Server:
    """`funsearch serve` as a process, on one port in all its lives."""

    def __init__(self, folder: Path, endpoint: str, options: argparse.Namespace) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._folder = folder
        self._command = [
            sys.executable, "-m", "service", "serve", "--json", "--port", str(self.port),
            "--directory", str(folder / "agent"), "--bank", str(folder / "bank"), "--runs", str(folder),
            "--sandbox", options.sandbox, "--workers", str(options.workers),
        ]  # fmt: skip
        self._environment = {
            **os.environ, "OPENAI_BASE_URL": endpoint, "OPENAI_API_KEY": "none",
            "FUNSEARCH_MODEL": "scripted", "FUNSEARCH_TOKEN": TOKEN, "FUNSEARCH_TRACES": "off",
        }  # fmt: skip
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Starts it, and returns when it serves."""
        log = (self._folder / "server.log").open("a")
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True
        )
        log.close()
        assert self._process.stdout is not None
        told = self._process.stdout.readline()
        if not told.strip():
            raise SystemExit((self._folder / "server.log").read_text())

    def end(self, how: signal.Signals) -> None:
        """Ends it by a signal."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.wait(START_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


def main() -> None:
    """Prints what was lost or doubled, and how long things took."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--clients", type=int, default=200)
    options.add_argument("--requests", type=int, default=5, help="of each client")
    options.add_argument("--workers", type=int, default=2, help="requests worked on side by side")
    options.add_argument("--kill", type=int, default=0, help="how often the server is killed")
    options.add_argument("--sandbox", default="bubblewrap")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name, scripted_endpoint(_said) as endpoint:
        folder = Path(name)
        server = Server(folder, endpoint, chosen)
        server.start()
        started = time.monotonic()
        try:
            seen = asyncio.run(_clients(server, chosen))
        finally:
            seconds = time.monotonic() - started
            server.end(signal.SIGTERM)
        wrong = _compared(folder / "agent", seen, chosen.clients * chosen.requests)
    _report(seen, chosen, seconds, wrong)
    if wrong:
        raise SystemExit(1)


def _said(asked: str) -> str:
    """Returns what the model says: a plan where one is wanted."""
    if PLAN not in asked:
        return ""
    value = "int(ask_user('Which number?')) + 1" if ASKING in asked else "6 * 7"
    return f"```python\nanswer = {value}\n```"


async def _clients(server: Server, options: argparse.Namespace) -> Seen:
    seen = Seen()
    killing = asyncio.create_task(_kill(server, seen, options))
    await asyncio.gather(*(_client(server.port, number, seen, options) for number in range(options.clients)))
    await killing
    return seen


async def _client(port: int, number: int, seen: Seen, options: argparse.Namespace) -> None:
    async with RequestClient(f"http://127.0.0.1:{port}", TOKEN) as client:
        numbers = range(options.requests)
        await asyncio.gather(
            *(_request(client, f"c{number}-{each}", each % 2 == 1, seen) for each in numbers)
        )


async def _request(client: RequestClient, id: str, is_asking: bool, seen: Seen) -> None:
    objective = f"{ASKING} one ({id})." if is_asking else f"Multiply six by seven ({id})."
    started = time.monotonic()
    await client.create(objective, request=id)
    seen.accepted.append(time.monotonic() - started)
    events = seen.events[id] = []
    async for event in client.watch(id):
        seen.told.append(time.time() - datetime.fromisoformat(event.at).timestamp())
        events.append(event)
        if isinstance(event, Asked):
            await client.answer(id, "41", event.question)
    seen.results += 1


async def _kill(server: Server, seen: Seen, options: argparse.Namespace) -> None:
    """Kills the server and starts it again, as often as asked for, spread over the work."""
    whole = options.clients * options.requests
    for number in range(1, options.kill + 1):
        while seen.results < whole * number / (options.kill + 1):
            await asyncio.sleep(0.02)
        await asyncio.to_thread(server.end, signal.SIGKILL)
        print(f"killed after {seen.results} results", flush=True)
        await asyncio.to_thread(server.start)


def _compared(directory: Path, seen: Seen, expected: int) -> list[str]:
    """Returns what differs between the record and what the clients saw."""
    database = open_record(directory)
    store = RequestStore(database)
    wrong = [] if len(store.all()) == expected else [f"{len(store.all())} requests on file, not {expected}"]
    written: dict[str, list[int]] = {}
    for event in store.events():
        written.setdefault(event.request, []).append(event.number)
    for id, events in seen.events.items():
        came = [event.event for event in events]
        results = [event for event in events if isinstance(event, Result)]
        if came != written.get(id):
            wrong.append(f"{id}: events {came}, on record {written.get(id)}")
        if [result.value for result in results] != [42]:
            wrong.append(f"{id}: results {[(result.value, result.summary) for result in results]}")
    database.close()
    return wrong


def _report(seen: Seen, options: argparse.Namespace, seconds: float, wrong: list[str]) -> None:
    events = sum(len(each) for each in seen.events.values())
    figures = {
        "clients": options.clients, "requests": seen.results, "workers": options.workers,
        "kills": options.kill, "events": events, "lost or doubled": len(wrong), "seconds": round(seconds, 1),
        "requests a second": round(seen.results / seconds, 1),
        "accepted ms p50, p99": _percentiles(seen.accepted), "told ms p50, p99": _percentiles(seen.told),
    }  # fmt: skip
    print(json.dumps(figures, indent=1))
    for line in wrong[:20]:
        print(line, file=sys.stderr)


def _percentiles(seconds: list[float]) -> list[float]:
    return [round(float(each) * 1000, 1) for each in np.percentile(seconds, (50, 99))]


if __name__ == "__main__":
    main()
