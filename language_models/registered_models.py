"""Models beyond the known ones: pulled from the hub by id, or files of this machine that were registered.

Each is one small JSON file in the models' directory, written at once, so that processes need no lock.
"""

from __future__ import annotations

import difflib
import os
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from language_models.backend import ModelUnavailable
from language_models.catalogue import (
    KNOWN,
    UNKNOWN_LICENCE,
    HubSource,
    LocalSource,
    Model,
    ModelFile,
    ModelKind,
)
from language_models.gguf_file import GgufFile
from language_models.model_files import default_directory, folder_of, sha256_of

FOLDER = "registered"
PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
LLAMA: ModelKind = "llama"
TRANSFORMERS: ModelKind = "transformers"
_ADAPTER = TypeAdapter(Model)


def known_models(directory: Path | None = None) -> tuple[Model, ...]:
    """Returns the models of the catalogue, then those registered here."""
    return (*KNOWN, *registered(directory))


def find_model(name: str, directory: Path | None = None) -> Model:
    """Returns the model of that name, whatever its letters' case.

    Raises:
        ModelUnavailable: Nobody knows it; the message names those that come near.
    """
    models = {model.name.lower(): model for model in known_models(directory)}
    if found := models.get(name.lower()):
        return found
    near = difflib.get_close_matches(name.lower(), models, n=3, cutoff=0.4) or models
    names = ", ".join(models[each].name for each in near)
    raise ModelUnavailable(
        f"{name}: no model of that name; known here: {names}; `funsearch models pull OWNER/REPOSITORY` "
        "or `funsearch models pull FILE` adds another"
    )


def registered(directory: Path | None = None) -> tuple[Model, ...]:
    """Returns the registered models by name.

    Raises:
        ModelUnavailable: An entry was damaged.
    """
    files = sorted(_folder(directory).glob("*.json"))
    return tuple(_read(file) for file in files)


def register(model: Model, directory: Path | None = None) -> Model:
    """Keeps the model for later commands, and returns it with the hashes that were found filled in.

    Raises:
        ModelUnavailable: The name is taken by a model of the catalogue or unfit, or nothing can be written.
    """
    check_name(model, directory)
    home = folder_of(model, directory)
    files = tuple(
        file if file.sha256 else replace(file, sha256=sha256_of(home / file.name)) for file in model.files
    )
    complete = replace(model, files=files)
    _write(_folder(directory) / f"{model.name}.json", _ADAPTER.dump_json(complete, indent=1))
    return complete


def check_name(model: Model, directory: Path | None = None) -> None:
    """Raises `ModelUnavailable` where the model's name is unfit for a file, or another model bears it."""
    if not PLAIN_NAME.fullmatch(model.name):
        raise ModelUnavailable(
            f"{model.name!r}: expected a name of letters, digits, '.', '_' and '-'; give one with --name"
        )
    for other in known_models(directory):
        if other.name.lower() == model.name.lower() and not _is_same(other, model):
            raise ModelUnavailable(
                f"{model.name}: a model from {other.source} has this name; give another with --name"
            )


def _is_same(one: Model, other: Model) -> bool:
    """Tells whether both are one model, perhaps at two times."""
    if isinstance(one.source, HubSource) and isinstance(other.source, HubSource):
        return one.source.repository == other.source.repository and one not in KNOWN
    return one.source == other.source


def unregister(model: Model, directory: Path | None = None) -> None:
    """Forgets a registered model; the catalogue's are not forgotten."""
    (_folder(directory) / f"{model.name}.json").unlink(missing_ok=True)


def model_at(path: Path, name: str | None = None) -> Model:
    """Returns a GGUF file or a transformers directory of this machine as a model.

    Raises:
        ModelUnavailable: It is neither, or is damaged.
    """
    path = path.resolve()
    name = name or path.name.removesuffix(".gguf")
    if path.is_dir():
        files, folder, licence, kind = _directory_files(path), path, UNKNOWN_LICENCE, TRANSFORMERS
    else:
        files, folder, licence, kind = [path], path.parent, GgufFile.read(path).licence, LLAMA
    described = tuple(ModelFile(file.name, file.name, file.stat().st_size, sha256_of(file)) for file in files)
    licence = _known_licence(described[0]) or licence or UNKNOWN_LICENCE
    return Model(name, LocalSource(str(folder)), licence, described, kind)


def _known_licence(file: ModelFile) -> str:
    """Returns the licence of the catalogue's model whose weights the file is, byte for byte; or nothing."""
    return next((model.licence for model in KNOWN if model.files[0].sha256 == file.sha256), "")


def _directory_files(folder: Path) -> list[Path]:
    weights = sorted(folder.glob("*.safetensors"))
    if not weights or not (folder / "config.json").is_file():
        raise ModelUnavailable(
            f"{folder}: expected a GGUF file, or a directory with config.json and *.safetensors"
        )
    return [*weights, *sorted(folder.glob("*.json")), *sorted(folder.glob("*.jinja"))]


def _folder(directory: Path | None) -> Path:
    return (directory or default_directory()) / FOLDER


def _read(file: Path) -> Model:
    try:
        return _ADAPTER.validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelUnavailable(
            f"{file}: expected a registered model, found something else "
            f"({str(error).splitlines()[0]}); delete the file and pull the model again"
        ) from error


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as stream:
            stream.write(content)
        os.replace(stream.name, file)
    except OSError as error:
        raise ModelUnavailable(
            f"{file}: cannot be written ({error.strerror or error}); set FUNSEARCH_MODELS to a directory "
            "that you may write to"
        ) from error
