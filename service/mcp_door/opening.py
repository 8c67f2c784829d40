"""Puts the door together: bank, requests and workers of one server, and the catalogue over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from service.mcp_door.calls import Calls
from service.mcp_door.catalogue import Catalogue
from service.mcp_door.own_tools import OwnTools
from service.mcp_door.pinned_tools import PinnedTools
from service.mcp_door.protocol import BankServer, server_of
from service.web.served import Served


@dataclass(frozen=True)
class Door:
    """What serves clients.

    Attributes:
        server: Answers them.
        calls: The calls that it runs.
    """

    server: BankServer
    calls: Calls


@contextmanager
def open_door(served: Served, pins: Sequence[str] | None) -> Iterator[Door]:
    """Opens what answers clients.

    Args:
        served: The bank, the requests, and those who work on them.
        pins: Tools of the bank that clients see as tools of their own; None: the most used ones.

    Raises:
        UsageError: A pin is no tool that is served.
    """
    own = OwnTools(served.bank, served.requests, served.workers)
    pinned = PinnedTools(served.bank, pins, [offer.name for offer in own.offers()])
    calls = Calls()
    try:
        yield Door(server_of(Catalogue(served.bank, own, pinned), calls), calls)
    finally:
        calls.close()
