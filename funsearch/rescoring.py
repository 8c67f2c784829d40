"""Scoring a run's programs anew: a run whose prompts are all drawn and whose candidates wait for scores."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

from funsearch.exceptions import RunError
from funsearch.journal import Journal


def copy_without_scores(source: Path, target: Path) -> int:
    """Copies every prompt and candidate of a run into a new journal; returns how many want a score.

    Only candidates that were scored before are counted as wanting one, whatever the score was.

    Raises:
        RunError: No candidate of the run was ever scored.
    """
    scored = 0
    with closing(Journal(source)) as old, closing(Journal(target)) as new:
        registered = ((ticket, candidates) for ticket, candidates, _ in old.registrations())
        for ticket, candidates in chain(registered, old.unregistered()):
            scored += sum(candidate.evaluation is not None for candidate in candidates)
            new.record_ticket(ticket, [replace(candidate, evaluation=None) for candidate in candidates])
    if not scored:
        raise RunError(f"{source}: expected a run with scored programs, found none")
    return scored
