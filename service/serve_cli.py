"""`funsearch serve`: the web page, the API and the request socket, on this machine alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from funsearch.places import DEFAULT_AGENT, DEFAULT_BANK, DEFAULT_PARENT
from service.agent_options_cli import Directory, Minutes, Money, Price, Steps, Tokens, budget_of
from service.options_cli import Backend, backend_of
from service.tools_cli import AsJson, Bank, print_json

DEFAULT_PORT = 8765


def serve(  # noqa: PLR0913 - a command has as many options as users need
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 takes a free one.")] = DEFAULT_PORT,
    workers: Annotated[
        int, typer.Option(min=0, max=64, help="Requests worked on at a time; 0: none, only to look.")
    ] = 1,
    answer_minutes: Annotated[
        float, typer.Option(min=0.01, help="Longest wait of a chat front end for its answer.")
    ] = 10.0,
    rate: Annotated[int, typer.Option(min=1, help="Most HTTP requests of one address a minute.")] = 12_000,
    steps: Steps = None,
    tokens: Tokens = None,
    minutes: Minutes = None,
    money: Money = None,
    price: Price = None,
    directory: Directory = DEFAULT_AGENT,
    runs: Annotated[Path, typer.Option(help="Where runs are stored.")] = DEFAULT_PARENT,
    bank: Bank = DEFAULT_BANK,
    sandbox: Backend = "auto",
    as_json: AsJson = False,
) -> None:
    """Serve the web page, the HTTP API and the request socket on this machine, until Ctrl-C.

    Every caller needs the token of the file that is named at the start (or $FUNSEARCH_TOKEN).

    Example: funsearch serve --port 8765
    """
    from agent.means import Allowance
    from service.web.access import Access, token_of
    from service.web.server import Places, Work, bound, guarded, open_served
    from service.web.server import serve as serve_until_told

    allowance = Allowance(budget=budget_of(steps, tokens, minutes, money, price))
    work = Work(backend_of(sandbox), allowance, workers)
    access = Access(token_of(directory))
    listening = bound(port)
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"

    def tell() -> None:
        announce("Serving on", address, directory, as_json=as_json)

    with open_served(Places(directory, bank, runs), work) as opened:
        served = replace(opened, answer_seconds=answer_minutes * 60)
        serve_until_told(guarded(served, access, rate), listening, tell)


def announce(words: str, address: str, directory: Path, *, as_json: bool) -> None:
    """Says where a server answers and where its token is, which is nowhere shown."""
    from service.web.access import TOKEN_VARIABLE, token_file

    file = token_file(directory)
    if as_json:
        print_json({"address": address, "token_file": None if file is None else str(file)})
        return
    typer.echo(f"{words} {address}")
    place = f"that of {TOKEN_VARIABLE}" if file is None else f"in {file}"
    typer.echo(f"The token is {place}; Ctrl-C ends.")
