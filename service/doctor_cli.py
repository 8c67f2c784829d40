"""`funsearch doctor`: what is well here, what is not, and what mends it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from funsearch.places import DEFAULT_AGENT, DEFAULT_BANK, DEFAULT_PARENT
from service.agent_options_cli import Directory
from service.errors import ExitStatus
from service.live import wide_console
from service.options_cli import Backend, backend_of
from service.progress_bar import counted
from service.tools_cli import AsJson, Bank, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from service.examination.finding import Finding

STYLES = {"ok": "green", "warning": "yellow", "failure": "bold red"}


def doctor(
    sandbox: Backend = "auto",
    runs: Annotated[Path, typer.Option(help="Where runs are stored.")] = DEFAULT_PARENT,
    bank: Bank = DEFAULT_BANK,
    directory: Directory = DEFAULT_AGENT,
    as_json: AsJson = False,
) -> None:
    """Examine all that runs and requests need, and say what mends what is not well; changes nothing.

    Exit status: 1 where something stops work, 0 where all is well or only warned of.

    Example: funsearch doctor --sandbox bubblewrap
    """
    from service.doctor import Places, examinations, examine

    asked = examinations(Places(backend_of(sandbox), runs, bank, directory))
    with counted("examining", len(asked), quiet=as_json) as step:
        findings = []
        for name, found in examine(asked):
            findings += found
            step(name)
    if as_json:
        print_json([finding.as_dict() for finding in findings])
    else:
        wide_console().print(_table(findings))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(ExitStatus.FAILED)


def _table(findings: Sequence[Finding]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for finding in findings:
        table.add_row(Text(finding.state, STYLES[finding.state]), Text(finding.name), Text(finding.detail))
        if finding.mend:
            table.add_row("", "", Text(f"mend: {finding.mend}", "italic"))
    return table
