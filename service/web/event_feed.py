"""Who follows which requests, and brings each follower what happened, from the record and nothing else.

The table of events is the one truth. A follower has a place in it, and is woken when something it follows
has happened: by whoever did it in this process, or by a look at the table now and then, for what other
processes did. It then reads on from its place. So nothing is lost or doubled, whenever it is woken, and one
that is slow only lags: no message waits for it in memory beside the portion that it is being sent.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from agent.request import ENDED, State
from agent.requests.request_ledger import EVENTS_AT_ONCE, RequestLedger
from agent.requests.request_store import RequestEvent
from service.web.event_messages import Letter, letter

LOOK_SECONDS = 0.5  # how often to look for what another process has written
ENDED_KNOWN = 10_000  # ended requests that a follower knows again

Send = Callable[[str], Awaitable[None]]


@dataclass(frozen=True)
class Subscription:
    """What a follower is to be told from now on.

    Attributes:
        requests: Of which; None: of all.
        after: Number of the last event that is known, of all or by request; None: only what is new is told.
        told: Called when all that was there has been told, with the number of the last event and the states
            of the requests that were named.
        is_implied: Whether nobody asked for it: what the follower has been told is not told again.
    """

    requests: frozenset[str] | None
    after: int | Mapping[str, int] | None = None
    is_implied: bool = False
    told: Callable[[int, Mapping[str, State]], Awaitable[None]] | None = None


class EventFeed:
    """Wakes the followers of what happens.

    Args:
        ledger: Reads the record.
    """

    def __init__(self, ledger: RequestLedger) -> None:
        self.ledger = ledger
        self._loop: asyncio.AbstractEventLoop | None = None
        self._by_request: dict[str, set[Follower]] = defaultdict(set)
        self._of_all: set[Follower] = set()
        self._followers: set[Follower] = set()
        self._looking: asyncio.Task[None] | None = None

    def hear(self, event: RequestEvent) -> None:
        """Is told of an event, in any thread."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._wake, event.request, event.number)

    @contextmanager
    def follower(self, send: Send) -> Iterator[Follower]:
        """Yields one who is brought what happens while its `run` runs; to be called in the event loop."""
        follower = Follower(self, send)
        if not self._followers:
            self._loop = asyncio.get_running_loop()
            self._looking = self._loop.create_task(self._look())
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._leave(follower)

    def add(self, follower: Follower, requests: Collection[str] | None) -> None:
        """Has a follower woken by what happens to requests, or to all."""
        if requests is None:
            self._of_all.add(follower)
        for request in requests or ():
            self._by_request[request].add(follower)

    def drop(self, follower: Follower, requests: Collection[str]) -> None:
        """Has a follower not woken by what happens to requests."""
        for request in requests:
            self._by_request[request].discard(follower)
            if not self._by_request[request]:
                del self._by_request[request]

    def _leave(self, follower: Follower) -> None:
        self._followers.discard(follower)
        self._of_all.discard(follower)
        self.drop(follower, follower.interests())
        if not self._followers and self._looking is not None:
            self._looking.cancel()
            self._looking = self._loop = None

    def _wake(self, request: str, number: int) -> None:
        for follower in (*self._by_request.get(request, ()), *self._of_all):
            follower.wake(number)

    async def _look(self) -> None:
        """Wakes whom other processes have done something for."""
        seen = await asyncio.to_thread(self.ledger.head)
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for request, number in (await asyncio.to_thread(self.ledger.touched, seen)).items():
                self._wake(request, number)
                seen = max(seen, number)


class Follower:
    """One who is told what happens to some requests: each event once, in order, from its place on."""

    def __init__(self, feed: EventFeed, send: Send) -> None:
        self._feed = feed
        self._send = send
        self._requests: set[str] = set()  # that it follows by name and that have not ended
        self._ended: dict[str, None] = {}  # those that it has been told the end of, the last ones
        self._follows_all = False
        self._place = 0  # number of the last event that it has been told of, or that was none of its own
        self._news = asyncio.Event()
        self._coming: deque[Subscription] = deque()

    def wake(self, number: int) -> None:
        """Has it look for what has happened, up to an event at least."""
        if number > self._place:
            self._news.set()

    def subscribe(self, subscription: Subscription) -> None:
        """Has it follow more."""
        self._coming.append(subscription)
        self._news.set()

    def interests(self) -> set[str]:
        """Returns the requests that it follows by name, or is about to."""
        return self._requests.union(*(coming.requests or () for coming in self._coming))

    async def run(self) -> None:
        """Brings what happens; ends with what `send` raises."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._coming:
                await self._begin(self._coming[0])
                self._coming.popleft()
            await self._read_on()

    async def _begin(self, new: Subscription) -> None:
        """Tells what was there for a subscription, and follows on from where all has been told."""
        if new.is_implied and new.requests is not None:
            wanted = frozenset() if self._follows_all else new.requests - self._requests - self._ended.keys()
            new = replace(new, requests=wanted)
        # It is woken from here on, before it looks how far the record goes: nothing falls between the two.
        self._feed.add(self, new.requests)
        place, states = await asyncio.to_thread(self._feed.ledger.states, new.requests or ())
        await self._read_on(place)
        self._place = max(self._place, place)
        self._follows_all = self._follows_all or new.requests is None
        self._requests |= new.requests or set()
        for after, requests in _portions(new):
            await self._tell(requests, after, self._place)
        if new.told is not None:
            await new.told(self._place, states)
        for request, state in states.items():
            if state in ENDED:
                self._forget(request)

    async def _read_on(self, up_to: int | None = None) -> None:
        if self._follows_all:
            await self._tell(None, self._place, up_to)
        elif self._requests:
            await self._tell(self._requests, self._place, up_to)

    async def _tell(self, requests: Collection[str] | None, after: int, up_to: int | None) -> None:
        """Sends what happened after an event, portion by portion."""
        is_more = True
        while is_more:
            named = None if requests is None else frozenset(requests)
            letters = await asyncio.to_thread(self._letters, named, after, up_to)
            for each in letters:
                await self._send(each.text)
                after = each.number
                self._place = max(self._place, after)
                if each.is_last:
                    self._forget(each.request)
            is_more = len(letters) == EVENTS_AT_ONCE

    def _forget(self, request: str) -> None:
        """Follows a request no more, to which nothing can happen any more."""
        self._requests.discard(request)
        self._feed.drop(self, [request])
        self._ended[request] = None
        if len(self._ended) > ENDED_KNOWN:
            del self._ended[next(iter(self._ended))]

    def _letters(self, requests: frozenset[str] | None, after: int, up_to: int | None) -> list[Letter]:
        ledger = self._feed.ledger
        return [letter(event, ledger) for event in ledger.events(requests, after, up_to)]


def _portions(new: Subscription) -> Iterator[tuple[int, frozenset[str] | None]]:
    """Yields what is to be told at the beginning: after which event, of which requests."""
    if new.after is None:
        return
    if isinstance(new.after, int) or new.requests is None:
        yield (new.after if isinstance(new.after, int) else 0), new.requests
        return
    by_place: dict[int, set[str]] = defaultdict(set)
    for request in new.requests:
        by_place[new.after.get(request, 0)].add(request)
    for after, requests in sorted(by_place.items()):
        yield after, frozenset(requests)
