"""The command line put together: every command with its name, and how all of them end."""

from __future__ import annotations

import io
import sys
from contextlib import suppress
from importlib import metadata
from typing import Annotated

import typer

from service import bank_cli, evolve_cli, runs_cli
from service.chat_cli import chat, memory
from service.compare_cli import compare
from service.create_cli import create
from service.doctor_cli import doctor
from service.errors import plain_errors
from service.evaluate_cli import evaluate_agent
from service.help_cli import ABOUT, examples_last
from service.mcp_cli import mcp
from service.models_cli import models
from service.request_cli import request, requests
from service.score_cli import score
from service.serve_cli import serve
from service.tools_cli import tools
from service.traces_cli import traces

app = typer.Typer(help=ABOUT, no_args_is_help=True, pretty_exceptions_enable=False)
app.command()(evolve_cli.evolve)
app.command()(evolve_cli.resume)
app.command()(evolve_cli.rescore)
app.command()(score)
app.command()(runs_cli.runs)
app.command()(runs_cli.elites)
app.command()(runs_cli.report)
app.command()(compare)
app.command()(create)
app.add_typer(tools, name="tools")
tools.command("export")(bank_cli.export_bank)
tools.command("import")(bank_cli.import_bank)
app.command()(request)
app.add_typer(requests, name="requests")
app.command()(chat)
app.add_typer(memory, name="memory")
app.command()(evaluate_agent)
app.command()(serve)
app.command()(mcp)
app.add_typer(models, name="models")
app.add_typer(traces, name="traces")
app.command()(doctor)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"funsearch {metadata.version('funsearch')}")
        raise typer.Exit


@app.callback()
def _all(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which this is.")
    ] = False,
) -> None:
    """Takes what stands before a command."""


examples_last(app)


def main() -> None:
    """Runs the command line; expected failures end with one message and their exit status."""
    with plain_errors():
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                with suppress(OSError):
                    stream.reconfigure(errors="replace")  # an umlaut it knows not is no end
        app()
