"""A task folder as OpenEvolve has them: initial_program.py, evaluator.py, and whatever these two need."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evaluators.folder_settings import FolderError, FolderSettings

PROGRAM = "initial_program.py"
EVALUATOR = "evaluator.py"
CONFIGURATION = "config.yaml"
MAX_FILE_BYTES = 2 << 20
MAX_FOLDER_BYTES = 8 << 20
MAX_FILES = 500
# Never sent to candidates: results of earlier runs, and settings, which may hold keys of language models.
_LEFT_OUT = ("__pycache__", "openevolve_output", "runs", "node_modules", "venv")
_SETTINGS_SUFFIXES = (".yaml", ".yml", ".toml", ".ini", ".cfg")


@dataclass(frozen=True)
class TaskFolder:
    """The contents of a folder.

    Attributes:
        name: The folder's name.
        program: Text of the initial program.
        files: Every file that the evaluator may read, by its path in the folder.
        settings: What config.yaml says.
        has_configuration: Whether there is one.
        left_out: Files that are too large to be sent, by their paths.
    """

    name: str
    program: str
    files: dict[str, bytes]
    settings: FolderSettings
    has_configuration: bool
    left_out: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """A name that changes when anything that scores does."""
        digest = hashlib.sha256(repr(self.settings).encode())
        for name, content in sorted(self.files.items()):
            digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
        return digest.hexdigest()

    @property
    def stages(self) -> tuple[str, ...]:
        """The functions of the evaluator's cascade, where it is to run one."""
        found = set(re.findall(r"^def (evaluate_stage[123])\b", self.text(EVALUATOR), re.MULTILINE))
        return tuple(sorted(found)) if self.settings.has_cascade else ()

    @property
    def in_words(self) -> str:
        """What programs are scored on."""
        source = "" if self.has_configuration else " (OpenEvolve's default; config.yaml may say another)"
        part = "stage" if self.stages else "program"
        left_out = f"; too large to be sent: {', '.join(self.left_out)}" if self.left_out else ""
        limit = f"at most {self.settings.timeout:g} s a {part}{source}"
        return f"{EVALUATOR}, run beside the candidate in its own process, {limit}{left_out}"

    @property
    def cascade_in_words(self) -> str:
        """The evaluator's own cascade; empty where there is none."""
        if "evaluate_stage1" not in self.stages:
            return ""
        thresholds = ", ".join(f"{threshold:g}" for threshold in self.settings.thresholds)
        return f"{', '.join(self.stages)} of {EVALUATOR}, with thresholds {thresholds} between them"

    def text(self, name: str) -> str:
        """Returns a Python file's text, empty where there is no such file."""
        return self.files.get(name, b"").decode("utf-8", "replace")


def is_task_folder(path: Path) -> bool:
    """Returns whether the folder looks like a task: one of the two files is there."""
    return path.is_dir() and any((path / name).is_file() for name in (PROGRAM, EVALUATOR))


def read_folder(path: Path) -> TaskFolder:
    """Returns the task that a folder holds.

    Raises:
        FolderError: A file is missing, is no text, or its settings cannot be read.
    """
    for name, other in ((PROGRAM, EVALUATOR), (EVALUATOR, PROGRAM)):
        if not (path / name).is_file():
            raise FolderError(f"expected {PROGRAM} and {EVALUATOR}, found {other} without {name}")
    try:
        program = (path / PROGRAM).read_text(encoding="utf-8")
        has_configuration = (path / CONFIGURATION).is_file()
        configuration = (path / CONFIGURATION).read_text(encoding="utf-8") if has_configuration else ""
    except (OSError, UnicodeDecodeError) as error:
        raise FolderError(f"expected readable text files: {error}") from error
    files, left_out = _collect(path)
    settings = FolderSettings.from_text(configuration)
    return TaskFolder(path.resolve().name, program, files, settings, has_configuration, left_out)


def _collect(folder: Path) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Returns the files to send, Python first, and the paths of those that are too large."""
    files: dict[str, bytes] = {}
    left_out = []
    room = MAX_FOLDER_BYTES
    for path in sorted(_walk(folder), key=lambda path: (path.suffix != ".py", path)):
        name = path.relative_to(folder).as_posix()
        size = path.stat().st_size
        if size > min(MAX_FILE_BYTES, room) or len(files) >= MAX_FILES:
            left_out.append(name)
            continue
        files[name] = path.read_bytes()
        room -= size
    if EVALUATOR in left_out:
        raise FolderError(f"{EVALUATOR}: expected at most {MAX_FILE_BYTES:,} bytes")
    return files, tuple(left_out)


def _walk(folder: Path) -> Iterator[Path]:
    """Yields the regular files; hidden ones, links and settings stay at home."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not name.startswith("."))
        for name in names:
            path = Path(place, name)
            is_settings = path.suffix.lower() in _SETTINGS_SUFFIXES and name.lower().startswith("config")
            if path.is_file() and not path.is_symlink() and not name.startswith(".") and not is_settings:
                yield path
