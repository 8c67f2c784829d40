"""`funsearch mcp`: the tool bank for programs that speak the Model Context Protocol."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from funsearch.places import DEFAULT_AGENT, DEFAULT_BANK, DEFAULT_PARENT
from service.agent_options_cli import Directory, Minutes, Money, Price, Steps, Tokens, budget_of
from service.options_cli import Backend, backend_of
from service.serve_cli import announce
from service.tools_cli import AsJson, Bank

if TYPE_CHECKING:
    from service.web.opening import Places, Work

DEFAULT_PORT = 8766
PATIENCE = 0.5  # seconds that work under way has to end: it goes on from its record another time


def mcp(  # noqa: PLR0913 - a command has as many options as users need
    http: Annotated[
        bool, typer.Option("--http", help="Serve by HTTP on this machine, instead of on stdin and stdout.")
    ] = False,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="With --http; 0 takes a free one.")
    ] = DEFAULT_PORT,
    pin: Annotated[
        list[str] | None,
        typer.Option(help="A tool to list as one of its own; repeat. Without: the most used ones."),
    ] = None,
    no_work: Annotated[
        bool, typer.Option("--no-work", help="Leave ordered tools to other processes to make.")
    ] = False,
    steps: Steps = None,
    tokens: Tokens = None,
    minutes: Minutes = None,
    money: Money = None,
    price: Price = None,
    directory: Directory = DEFAULT_AGENT,
    bank: Bank = DEFAULT_BANK,
    sandbox: Backend = "auto",
    as_json: AsJson = False,
) -> None:
    """Serve the tool bank to a program that speaks MCP, until it goes.

    On stdin and stdout, or with --http at http://127.0.0.1:PORT/mcp for callers with the server's token.
    Tools that are ordered are made by this process.

    Example: funsearch mcp --pin parse_duration
    """
    from agent.means import Allowance
    from service.web.opening import Places, Work

    budget = budget_of(steps, tokens, minutes, money, price)
    work = Work(backend_of(sandbox), Allowance(budget=budget), 0 if no_work else 1, PATIENCE)
    places = Places(directory, bank, DEFAULT_PARENT)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    if http:
        _serve_http(places, work, pin, port, as_json)
    else:
        _serve_stdio(places, work, pin)
    _end_now()


def _serve_stdio(places: Places, work: Work, pins: list[str] | None) -> None:
    from service.mcp_door.wire import take_over

    streams = take_over()  # before anything is opened that might print
    from service.mcp_door.opening import open_door
    from service.mcp_door.stdio_door import serve_stdio
    from service.web.opening import open_served

    with open_served(places, work) as served, open_door(served, pins) as door:
        serve_stdio(door.server, streams)
        if door.calls.are_under_way:
            _end_now()  # clients wait two seconds, and a sandbox is closed only after its call


def _serve_http(places: Places, work: Work, pins: list[str] | None, port: int, as_json: bool) -> None:
    from service.mcp_door.http_door import PATH, HttpDoor
    from service.mcp_door.opening import open_door
    from service.web.access import Access, token_of
    from service.web.guard import Guard
    from service.web.opening import open_served
    from service.web.rate_limit import RateLimit
    from service.web.server import bound, serve

    access = Access(token_of(places.directory))
    listening = bound(port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"

    def tell() -> None:
        announce("Serving MCP on", address, places.directory, as_json=as_json)

    with open_served(places, work) as served, open_door(served, pins) as door:
        serve(Guard(HttpDoor(door.server), access, RateLimit()), listening, tell)


def _end_now() -> None:
    """Ends the process as it stands: what it has kept is whole, and its sandboxes die with it.

    A thread may be making a tool, for minutes; that goes on from its record another time. And the interpreter
    takes more than a second to fall apart, of the two that clients wait.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
