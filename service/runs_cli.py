"""`funsearch runs`, `elites` and `report`: what is stored, and what a run holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from service import completion_cli
from service.live import wide_console
from service.options_cli import names_in
from service.tools_cli import AsJson, print_json

if TYPE_CHECKING:
    from funsearch.elite_listing import EliteListing, ListedElite

Run = Annotated[
    Path,
    typer.Argument(help="Directory of the run, finished or running.", autocompletion=completion_cli.runs),
]


def runs(
    parent: Annotated[Path, typer.Argument(help="Where runs are stored.")] = Path("runs"),
    as_json: AsJson = False,
) -> None:
    """List the runs.

    Example: funsearch runs --json
    """
    from funsearch.run_directory import runs_under

    found = [_run_in_words(path) for path in runs_under(parent)]
    if as_json:
        print_json(found)
        return
    table = Table("run", "task", "seed", "samplers", box=None, header_style="dim")
    for run in found:
        table.add_row(*(str(value) for value in run.values()))
    wide_console().print(
        table if found else f"No runs under {parent}; start one with `funsearch evolve TASK`."
    )


def _run_in_words(path: Path) -> dict[str, Any]:
    """Returns what a run is; one damaged configuration must not hide the other runs."""
    from funsearch.exceptions import RunError
    from funsearch.run_directory import read_config

    try:
        config = read_config(path)
    except RunError as error:
        return {"directory": str(path), "task": None, "seed": None, "samplers": f"unreadable: {error}"}
    return {
        "directory": str(path),
        "task": config.task,
        "seed": config.seed,
        "samplers": ", ".join(config.samplers),
    }


def elites(
    directory: Run,
    measures: Annotated[
        str, typer.Option(help="Comma-separated: length, cpu, behaviour, or any that the evaluator gives.")
    ] = "length,behaviour",
    as_json: AsJson = False,
) -> None:
    """List the best program of each niche (quality diversity).

    Example: funsearch elites runs/bin_packing_or-seed0 --measures length,cpu
    """
    from funsearch.elite_listing import list_elites

    listing = list_elites(directory, names_in(measures))
    if as_json:
        print_json({**vars(listing), "elites": [_elite_as_dict(elite) for elite in listing.elites]})
        return
    table = Table(*listing.measures, "score", "length", "program", box=None, header_style="dim")
    for elite in listing.elites:
        bounds = [f"{low:.4g} to {high:.4g}" for low, high in elite.niche.values()]
        program = elite.program
        table.add_row(*bounds, f"{program.score:.6g}", str(program.length), str(program.candidate))
    console = wide_console()
    console.print(table)
    console.print(_elites_in_words(listing))


def report(directory: Run, as_json: AsJson = False) -> None:
    """Write report.html of a run again: its figures, scores, best program and settings in one file.

    Example: funsearch report runs/bin_packing_or-seed0
    """
    from service.report_page import write_report

    path = write_report(directory)
    if as_json:
        print_json({"report": str(path)})
    else:
        wide_console().print(str(path), soft_wrap=True, markup=False, highlight=False)


def _elite_as_dict(elite: ListedElite) -> dict[str, Any]:
    return {"niche": elite.niche, **vars(elite.program), "source": elite.source}


def _elites_in_words(listing: EliteListing) -> str:
    niches = len(listing.elites)
    words = f"{niches} niche{'s' * (niches != 1)} held, of {listing.programs} valid programs."
    if listing.unplaced:
        words += f" {listing.unplaced} of them lack a measure and stand in no niche."
    return words
