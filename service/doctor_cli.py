"""`funsearch doctor`: what is well here, what is not, and what mends it."""

from __future__ import annotations

import typer
from rich.table import Table

from service.errors import ExitStatus
from service.live import wide_console
from service.options_cli import Backend, backend_of
from service.tools_cli import AsJson, print_json


def doctor(sandbox: Backend = "auto", as_json: AsJson = False) -> None:
    """Check that the sandbox holds here, and that the models are there.

    Example: funsearch doctor --sandbox bubblewrap
    """
    from service.doctor import examine

    findings = examine(backend_of(sandbox))
    if as_json:
        print_json([vars(finding) for finding in findings])
    else:
        table = Table(box=None, header_style="dim")
        for finding in findings:
            table.add_row("ok" if finding.ok else "[red]FAILS[/red]", finding.name, finding.detail)
        wide_console().print(table)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(ExitStatus.FAILED)
