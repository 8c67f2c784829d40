"""An OpenAI-compatible endpoint that answers at once, always with a new program: for benchmarks.

`python -m experiments.stub_endpoint PORT` serves on the loopback until it is ended. The programs are variants
of a heuristic without regard to the prompt, or, with `--curves`, changes of a curve that the prompt shows.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from typing import Any

from experiments.curve_model import CurveModel

Model = Callable[[str], str]  # what it says to the texts of a chat, joined

PROGRAM = '''```python
# EVOLVE-BLOCK-START
def priority(item, bins):
    """Returns a number."""
    slack = bins - item
    if slack == {number}:
        return {number}.0
    return -slack * {small} + item * 0.5
# EVOLVE-BLOCK-END
```'''
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_START_SECONDS = 10.0


class HeuristicModel:
    """Writes variants of a heuristic, one after the other."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def __call__(self, prompt: str) -> str:
        number = next(self._numbers)
        return PROGRAM.format(number=number, small=number % 97)


class Endpoint:
    """Answers requests by a model and counts its proposals."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.served = 0

    def models(self) -> bytes:
        """Returns the list of models, with the number of proposals so far."""
        listed = [{"id": "stub", "object": "model"}]
        return json.dumps({"object": "list", "data": listed, "served": self.served}).encode()

    def completion(self, request: dict[str, Any]) -> bytes:
        """Returns a chat completion with as many new programs as are asked for."""
        samples = request.get("n") or 1
        prompt = "\n".join(str(message.get("content")) for message in request["messages"])
        self.served += samples
        choices = [self._choice(index, prompt) for index in range(samples)]
        usage = {"prompt_tokens": 100, "completion_tokens": 80 * samples, "total_tokens": 100 + 80 * samples}
        reply = {"id": "stub", "object": "chat.completion", "created": 0, "model": "stub"}
        return json.dumps(reply | {"choices": choices, "usage": usage}).encode()

    def _choice(self, index: int, prompt: str) -> dict[str, object]:
        message = {"role": "assistant", "content": self._model(prompt)}
        return {"index": index, "message": message, "finish_reason": "stop"}


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Serves in a process of its own; yields the address for `OPENAI_BASE_URL`.

    Args:
        options: Those of this module's command line, after the port.
    """
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-m", "experiments.stub_endpoint", str(port), *options])
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def proposals_served(address: str) -> int:
    """Returns how many programs the endpoint has written so far."""
    with urllib.request.urlopen(f"{address}/models", timeout=10) as reply:
        return int(json.load(reply)["served"])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 0.1)):
            return
        time.sleep(0.05)
    raise TimeoutError(f"stub endpoint: expected an answer on port {port} within {_START_SECONDS:g} s")


async def _serve(endpoint: Endpoint, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            reply = endpoint.completion(json.loads(body)) if body else endpoint.models()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(reply), reply)
            )
            await writer.drain()
    writer.close()


async def _main(port: int, model: Model) -> None:
    server = await asyncio.start_server(partial(_serve, Endpoint(model)), "127.0.0.1", port)
    await server.serve_forever()


def main() -> None:
    """Serves until it is ended."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("port", type=int)
    options.add_argument("--curves", action="store_true", help="change a curve of the prompt")
    options.add_argument("--endless", type=int, help="the number of a curve that never returns")
    options.add_argument("--seed", type=int, default=0)
    chosen = options.parse_args()
    model = CurveModel(chosen.seed, chosen.endless) if chosen.curves else HeuristicModel()
    asyncio.run(_main(chosen.port, model))


if __name__ == "__main__":
    main()
