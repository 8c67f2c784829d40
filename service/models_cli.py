"""`funsearch models`: which language models there are, and fetching, removing and serving them."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Column, Table

from service.errors import UsageError
from service.live import wide_console
from service.progress_bar import awaited
from service.tools_cli import AsJson, print_json

if TYPE_CHECKING:
    from language_models.catalogue import Model
    from service.model_standing import Standing

models = typer.Typer(
    no_args_is_help=True, help="Fetches, lists and serves language models.\n\nExample: funsearch models list"
)

Name = Annotated[str, typer.Argument(help="Name of a model, as `funsearch models list` has it.")]
Directory = Annotated[
    Path | None, typer.Option(help="Where models are kept.", envvar="FUNSEARCH_MODELS", show_default=False)
]
Context = Annotated[int, typer.Option(min=1, help="Longest prompt and reply together, in tokens.")]
Slots = Annotated[int, typer.Option(min=1, help="Conversations side by side.")]


@models.command("list")
def list_models(
    check: Annotated[bool, typer.Option("--verify", help="Check the hashes of all files, too.")] = False,
    context: Context = 2048,
    slots: Slots = 4,
    directory: Directory = None,
    as_json: AsJson = False,
) -> None:
    """List the known models and those added here, with licence, size, hash and the memory they take.

    Example: funsearch models list --verify
    """
    from language_models.model_memory import megabytes
    from language_models.registered_models import known_models
    from service.model_standing import Load, standing_of

    load = Load(context, slots)
    found = [standing_of(model, directory, load, check=check) for model in known_models(directory)]
    if as_json:
        print_json([_facts_of(standing) for standing in found])
        return
    table = Table(
        Column("model", no_wrap=True),
        "kind",
        "licence",
        "size",
        "memory",
        "here",
        "sha256",
        "from",
        box=None,
        header_style="dim",
    )
    for one in found:
        table.add_row(
            one.model.name, one.model.kind, one.model.licence, megabytes(one.model.size),
            megabytes(one.memory) if one.memory else "", _here(one), one.model.files[0].sha256[:12],
            str(one.model.source),
        )  # fmt: skip
    console = wide_console()
    console.print(table)
    for one in found:
        if one.fault and one.is_present:
            console.print(one.fault, style="red")
    console.print(f"Memory: with {slots} conversations of {context:,} tokens.", style="dim")


@models.command("pull")
def pull_model(
    reference: Annotated[
        str,
        typer.Argument(
            help="A known model's name, a GGUF file or transformers directory of this machine, "
            "or a hub id: OWNER/REPOSITORY or OWNER/REPOSITORY/FILE.gguf."
        ),
    ],
    name: Annotated[str | None, typer.Option(help="What a model that is new here is to be called.")] = None,
    directory: Directory = None,
    as_json: AsJson = False,
) -> None:
    """Make a model available: fetch it whole and verified, or register files that are here.

    Example: funsearch models pull ./coder.gguf --name coder
    """
    from language_models.model_manager import pull
    from language_models.model_memory import megabytes
    from service.model_standing import standing_of

    with awaited(f"fetching {reference}", quiet=as_json):
        model = pull(reference, directory, name=name)
    standing = standing_of(model, directory)
    if as_json:
        print_json(_facts_of(standing))
        return
    typer.echo(f"{model.name} ({model.licence}), {megabytes(model.size)}, is ready in {standing.folder}")


@models.command("remove")
def remove_model(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    directory: Directory = None,
    as_json: AsJson = False,
) -> None:
    """Delete a model's files; of a registered file only the entry goes, the file stays where it is.

    Example: funsearch models remove coder --yes
    """
    from language_models.catalogue import LocalSource
    from language_models.model_files import folder_of
    from language_models.model_memory import megabytes
    from language_models.registered_models import find_model

    model = find_model(name, directory)
    if not yes:
        _ask(model, folder_of(model, directory), as_json)
    freed = _removed(model, directory)
    if as_json:
        print_json({"name": model.name, "freed": freed})
        return
    stays = f"; its files stay in {model.source}" if isinstance(model.source, LocalSource) else ""
    typer.echo(f"{model.name} is removed, {megabytes(freed)} are free{stays}")


@models.command("serve")
def serve_model(
    name: Name,
    context: Context = 2048,
    slots: Slots = 4,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")] = 0,
    directory: Directory = None,
    as_json: AsJson = False,
) -> None:
    """Serve a model on this machine's loopback by the protocol of OpenAI's API, until interrupted.

    Example: funsearch models serve SmolLM2-135M-Instruct --port 8080
    """
    from language_models.model_files import ensure
    from language_models.registered_models import find_model

    model = find_model(name, directory)
    if model.kind != "llama":
        raise UsageError(f"{model.name}: expected a GGUF model to serve, found one for {model.kind}")
    weights = ensure(model, directory, download=False) / model.files[0].name
    _serve(weights, context, slots, port, as_json)


def _serve(weights: Path, context: int, slots: int, port: int, as_json: bool) -> None:
    """Serves until Ctrl-C, which is how it is meant to end."""
    from language_models.llama_engine import Loading
    from language_models.llama_server import serve

    with suppress(KeyboardInterrupt), serve(weights, port=port, loading=Loading(context, slots)) as served:
        if as_json:
            print_json({"name": served.name, "base_url": served.base_url})
        else:
            typer.echo(f"{served.name} answers at {served.base_url} (this machine only); Ctrl-C ends it.")
        sys.stdout.flush()
        threading.Event().wait()


def _facts_of(standing: Standing) -> dict[str, Any]:
    model = standing.model
    return {
        "name": model.name,
        "kind": model.kind,
        "licence": model.licence,
        "source": str(model.source),
        "size": model.size,
        "sha256": model.files[0].sha256,
        "files": [{"name": file.name, "size": file.size, "sha256": file.sha256} for file in model.files],
        "folder": str(standing.folder),
        "present": standing.is_present,
        "verified": standing.is_verified,
        "fault": standing.fault,
        "memory": standing.memory,
    }


def _here(standing: Standing) -> str:
    if not standing.is_present:
        return "no"
    if standing.fault:
        return "damaged"
    return "verified" if standing.is_verified else "yes"


def _ask(model: Model, folder: Path, as_json: bool) -> None:
    from language_models.catalogue import LocalSource
    from language_models.model_memory import megabytes

    what = "forget" if isinstance(model.source, LocalSource) else "delete"
    question = f"{what} {model.name} ({megabytes(model.size)} in {folder})?"
    if as_json:
        raise UsageError(f"{question} --json asks nothing: say --yes as well")
    try:
        agreed = typer.confirm(question)
    except typer.Abort:
        agreed = False
    if not agreed:
        raise UsageError(f"{model.name}: nothing was removed; say yes, or --yes")


def _removed(model: Model, directory: Path | None) -> int:
    """Removes the model, and returns the bytes set free."""
    from language_models.catalogue import KNOWN
    from language_models.model_files import folder_of, remove
    from language_models.registered_models import registered, unregister

    if model in KNOWN and not folder_of(model, directory).is_dir():
        raise UsageError(f"{model.name}: it is not here, so there is nothing to remove")
    try:
        freed = remove(model, directory)
    except OSError as error:
        raise UsageError(f"{model.name}: cannot be removed: {error.strerror or error}") from error
    if model in registered(directory):
        unregister(model, directory)
    return freed
