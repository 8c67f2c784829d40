"""`funsearch tools export` and `import`: a whole bank as one file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funsearch.places import DEFAULT_BANK
from service.errors import UsageError
from service.progress_bar import awaited
from service.tools_cli import AsJson, Bank, print_json

if TYPE_CHECKING:
    from tool_bank.salvage import Salvaged


def export_bank(
    file: Annotated[Path, typer.Argument(help="The file to write: JSON lines with hashes.")],
    bank: Bank = DEFAULT_BANK,
    vectors: Annotated[bool, typer.Option("--vectors", help="With all vectors.")] = False,
    damaged: Annotated[bool, typer.Option("--salvage", help="What can be read of a damaged bank.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write every version, test, query, event and use of a bank into one file.

    Example: funsearch tools export bank.jsonl
    """
    from tool_bank import ToolBank
    from tool_bank.salvage import salvage

    record = bank / "bank.sqlite"
    if not record.exists():
        raise UsageError(f"{bank}: expected the directory of a tool bank; --bank names another directory")
    if damaged:
        with awaited("saving what can be read", quiet=as_json):
            saved = salvage(record, file)
        if as_json:
            print_json(asdict(saved))
        else:
            _say(saved, file)
        return
    with awaited("writing", quiet=as_json), ToolBank.open(bank) as opened:
        count = opened.export(file, vectors=vectors)
    if as_json:
        print_json({"file": str(file), "rows": count})
    else:
        typer.echo(f"{count} rows of the bank in {bank} are in {file}; `funsearch tools import` reads them.")


def import_bank(
    file: Annotated[Path, typer.Argument(help="A file that `funsearch tools export` has written.")],
    bank: Bank = DEFAULT_BANK,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Let the file say what names of the bank stand for."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add what an exported file holds to a bank, all of it or nothing.

    Example: funsearch tools import bank.jsonl --bank runs/other-bank
    """
    from tool_bank import ToolBank

    with awaited("reading", quiet=as_json), ToolBank.open(bank) as opened:
        merged = opened.import_file(file, overwrite=overwrite)
    if as_json:
        print_json(asdict(merged))
        return
    new = ", ".join(f"{count} {table}" for table, count in merged.added.items() if count)
    typer.echo(f"New in {bank}: {new or 'nothing'}.")
    if merged.kept:
        typer.echo(f"Kept as they were (--overwrite takes the file's): {', '.join(merged.kept)}.")


def _say(saved: Salvaged, file: Path) -> None:
    read = ", ".join(f"{count} {table}" for table, count in saved.read.items())
    lost = ", ".join(f"{count} {table}" for table, count in saved.lost.items())
    typer.echo(f"Read: {read or 'nothing'}. {file} holds them; `funsearch tools import` reads it.")
    typer.echo(f"Could not be read: {lost or 'nothing that is known of'}.")
    if saved.lost_tools:
        typer.echo(f"Tools of which no version could be read: {', '.join(saved.lost_tools)}.")
    if saved.in_doubt:
        typer.echo(f"Saved as candidates, their current version being lost: {', '.join(saved.in_doubt)}.")
