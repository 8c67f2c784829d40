"""Under what runs were made: when, by which versions, on what machine; never its name or its paths."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from funsearch.exceptions import RunError
from funsearch.run_directory import write_file

SITTINGS_NAME = "sittings.json"
LIBRARIES = ("numpy", "ray", "funsearch", "xllamacpp")
ROOT = Path(__file__).resolve().parents[2]
CODE = ("*.py", "pyproject.toml", "*.json.gz", "*.npz")  # what decides a run
_GIB = 2**30


@dataclass(frozen=True)
class Sitting:
    """One time that the study was at work on a cell; a cell that was interrupted has several.

    Attributes:
        began: When it began, in UTC.
        revision: The git revision of the project; "unknown" outside a checkout.
        is_changed: Whether its code differed from that revision.
        versions: Of Python and of the libraries that count.
        processor: As the machine names it.
        cores: Processor cores that it had.
        memory_gib: Memory of the machine.
        load: Load average of the machine when it began: work of others beside it.
    """

    began: str
    revision: str
    is_changed: bool
    versions: Mapping[str, str]
    processor: str
    cores: int
    memory_gib: float
    load: float


_SITTINGS = TypeAdapter(tuple[Sitting, ...])


def now() -> Sitting:
    """Returns the circumstances of this moment."""
    return Sitting(
        began=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        revision=_git("rev-parse", "--short=12", "HEAD") or "unknown",
        is_changed=bool(_git("status", "--porcelain", "--untracked-files=no", "--", *CODE)),
        versions={"python": platform.python_version(), **_versions()},
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB, 1),
        load=round(os.getloadavg()[0], 1),
    )


def sit_down(directory: Path, sitting: Sitting) -> None:
    """Adds a sitting to those of a cell, before any of its runs is made."""
    write_file(directory, SITTINGS_NAME, _SITTINGS.dump_json((*sittings(directory), sitting), indent=2))


def sittings(directory: Path) -> tuple[Sitting, ...]:
    """Returns the sittings of a cell, the first one first.

    Raises:
        RunError: Their file is damaged.
    """
    path = directory / SITTINGS_NAME
    if not path.exists():
        return ()
    try:
        return _SITTINGS.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise RunError(
            f"{path}: cannot be read: {error}; remove the cell's directory to run it anew"
        ) from error


def _versions() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """Returns the processor's name as Linux tells it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _git(*words: str) -> str:
    """Returns what git prints about the project; "" where it is no checkout."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
