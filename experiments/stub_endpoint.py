"""An OpenAI-compatible endpoint that answers at once, always with a new program: for benchmarks.

`python -m experiments.stub_endpoint PORT` serves on the loopback until it is ended.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import sys
from contextlib import suppress

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
_MODELS = json.dumps({"object": "list", "data": [{"id": "stub", "object": "model"}]}).encode()
_numbers = itertools.count(1)


def completion(samples: int) -> bytes:
    """Returns a chat completion with that many new programs."""
    choices = [_choice(index) for index in range(samples)]
    usage = {"prompt_tokens": 100, "completion_tokens": 80 * samples, "total_tokens": 100 + 80 * samples}
    reply = {"id": "stub", "object": "chat.completion", "created": 0, "model": "stub"}
    return json.dumps(reply | {"choices": choices, "usage": usage}).encode()


def _choice(index: int) -> dict[str, object]:
    number = next(_numbers)
    text = PROGRAM.format(number=number, small=number % 97)
    return {"index": index, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
            reply = completion(json.loads(body).get("n") or 1) if body else _MODELS
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(reply), reply)
            )
            await writer.drain()
    writer.close()


async def _main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
