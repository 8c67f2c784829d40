"""A server in this process with a socket of loopback, and a plain client that speaks what is written."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from types import SimpleNamespace

import uvicorn
from websockets.asyncio.client import connect

from agent.agent_file import open_record
from agent.requests.request_store import RequestStore
from service.web.access import Access
from service.web.application import application
from service.web.guard import Guard
from service.web.rate_limit import RateLimit
from service.web.request_socket import RequestSocket
from service.web.requests_api import RequestsApi
from service.web.server import bound
from service.web.socket_api import SocketApi

TOKEN = "a-token-of-the-tests"
PATIENCE = 20.0


class NoWorkers:
    """Nobody works on requests."""

    def subscribe(self, listener):
        self.listener = listener


@contextmanager
def serving(directory, limits=None, port=0) -> Iterator[SimpleNamespace]:
    """Serves the requests of a record; yields `port`, `store` and `end`, which ends the server early."""
    database = open_record(directory)
    store = RequestStore(database)
    served = SimpleNamespace(requests=store, database=database, workers=NoWorkers())
    socket = RequestSocket(served, limits)
    app = application([RequestsApi(served), SocketApi()], {"/api/socket": socket.serve})
    listening = bound(port)
    listening.listen()
    config = uvicorn.Config(
        Guard(app, Access(TOKEN), RateLimit()), log_level="error", ws_max_size=1 << 20, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()

    def end():
        server.should_exit = True
        thread.join(PATIENCE)
        listening.close()

    try:
        yield SimpleNamespace(
            port=listening.getsockname()[1], store=store, database=database, socket=socket, end=end
        )
    finally:
        end()
        database.close()


class Talk:
    """What is said on one connection."""

    def __init__(self, connection):
        self.connection = connection

    async def say(self, type, **fields):
        """Sends a message; returns its id."""
        id = fields.pop("id", uuid.uuid4().hex)
        await self.raw(json.dumps({"type": type, "id": id, **fields}))
        return id

    async def raw(self, message):
        await self.connection.send(message)

    async def hear(self):
        """Returns the next message."""
        return json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE))

    async def hear_until(self, *types):
        """Returns the messages up to the first of some types."""
        heard = [await self.hear()]
        while heard[-1]["type"] not in types:
            heard.append(await self.hear())
        return heard

    async def silence(self):
        """Returns what comes before the answer to a message that is none."""
        await self.raw("nonsense")
        return (await self.hear_until("error"))[:-1]


@asynccontextmanager
async def talking(port, token=TOKEN):
    """Opens a connection."""
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(f"ws://127.0.0.1:{port}/api/socket", additional_headers=headers) as connection:
        yield Talk(connection)
