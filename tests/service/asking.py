"""Asks a part of the server as a client would, in this process."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from service.web.application import application
from service.web.route import Part

Ask = Callable[..., tuple[int, Any]]


def asking(part: Part) -> Ask:
    """Returns what sends one request to a part, and gives the status and body of the answer."""
    app = application([part], {})

    def ask(method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                content = None if body is None else json.dumps(body)
                kind = {"content-type": "application/json"}
                return await client.request(method, path, content=content, headers=kind, params=query or None)

        answer = asyncio.run(send())
        is_json = answer.headers["content-type"].startswith("application/json")
        return answer.status_code, answer.json() if is_json else answer.content

    return ask
