"""Takes the messages of many connections in as few transactions as there is time for.

While one transaction is written, what comes meanwhile gathers for the next: a message waits for few of them,
however many clients there are.
"""

from __future__ import annotations

import asyncio

from agent.errors import AgentError
from agent.requests.inbox import ClientMessage, Inbox, Receipt

MOST_AT_ONCE = 64  # messages; so that nobody else waits long for the record


class SharedCommits:
    """Takes messages in one event loop.

    Args:
        inbox: Where they are done.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._waiting: list[tuple[ClientMessage, asyncio.Future[Receipt]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, message: ClientMessage) -> Receipt:
        """Returns what was done for a message; raises `AgentError` where it was refused."""
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((message, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            results = await asyncio.to_thread(self._taken, [message for message, _ in batch])
            for (_, done), result in zip(batch, results, strict=True):
                if done.done():  # its connection has gone
                    continue
                if isinstance(result, Receipt):
                    done.set_result(result)
                else:
                    done.set_exception(result)

    def _taken(self, messages: list[ClientMessage]) -> list[Receipt | Exception]:
        try:
            return [*self._inbox.take(messages)]
        except Exception as error:  # noqa: BLE001 - each of them is told, and told alone where it may be its own
            if len(messages) == 1 or isinstance(error, AgentError):
                return [error] * len(messages)
            return [result for message in messages for result in self._taken([message])]
