"""Models of the Hugging Face hub. The only file that imports huggingface_hub, and only when used."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from language_models.backend import ModelUnavailable
from language_models.catalogue import UNKNOWN_LICENCE, HubSource, Model, ModelFile

REACH_SECONDS = 20.0  # longest wait for the hub's answer about a repository
SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.gguf$)")
BESIDE_WEIGHTS = (".json", ".jinja", ".model", ".txt")  # configuration, tokenizer, chat template
TOKEN_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
NAMES_SHOWN = 20
OFFLINE_MEND = (
    "check the connection to the hub, or fetch the file elsewhere and run `funsearch models pull FILE`"
)


def hub_download(model: Model, directory: Path) -> Path:
    """Downloads the model's files into `directory`, and returns it.

    Raises:
        ModelUnavailable: The hub cannot be reached, refuses, or huggingface_hub is not installed.
    """
    if not isinstance(model.source, HubSource):
        raise ValueError(f"hub_download({model.name}): expected a model of the hub")
    source = model.source
    _describe(source)  # where the hub is out of reach this fails at once; a download would try for long
    hub = _library()
    with _translated_errors(source.repository):
        for file in model.files:
            hub.hf_hub_download(
                source.repository, file.member, revision=source.revision, local_dir=directory,
                endpoint=_endpoint(),
            )  # fmt: skip
    return directory


def find_on_hub(reference: str) -> Model:
    """Returns the model that `OWNER/REPOSITORY` or `OWNER/REPOSITORY/FILE.gguf` names on the hub.

    A hash is "" where the hub publishes none (small files); the rest is checked after the download.

    Raises:
        ModelUnavailable: There is no such model, or the hub cannot be reached.
    """
    owner, repository, *rest = reference.split("/")
    source = HubSource(f"{owner}/{repository}")
    info = _describe(source)
    files = [_model_file(sibling) for sibling in info.siblings or () if _is_plain(sibling.rfilename)]
    source = HubSource(source.repository, str(info.sha))
    licence = str(getattr(info.card_data, "license", None) or UNKNOWN_LICENCE)
    wanted = "/".join(rest)
    if wanted or any(file.member.endswith(".gguf") for file in files):
        chosen = _gguf_files(reference, wanted, files)
        name = SHARD.sub("", chosen[0].name).removesuffix(".gguf")
        return Model(name, source, licence, chosen)
    return Model(repository, source, licence, _directory_files(reference, files), "transformers")


def _gguf_files(reference: str, wanted: str, files: Sequence[ModelFile]) -> tuple[ModelFile, ...]:
    """Returns the one GGUF file asked for, or the only one there is; with all its shards."""
    choices = [file for file in files if file.member.endswith(".gguf")]
    families = sorted({SHARD.sub("", file.member) for file in choices})
    asked = [SHARD.sub("", wanted)] if wanted else families
    if len(asked) != 1 or asked[0] not in families:
        there = ", ".join(families[:NAMES_SHOWN]) or "none"
        raise ModelUnavailable(f"{reference}: expected one GGUF file's name after it; there are: {there}")
    return tuple(file for file in choices if SHARD.sub("", file.member) == asked[0])


def _directory_files(reference: str, files: Sequence[ModelFile]) -> tuple[ModelFile, ...]:
    """Returns what transformers needs: weights as safetensors first, then everything small beside them."""
    top = [file for file in files if "/" not in file.member]
    weights = [file for file in top if file.member.endswith(".safetensors")]
    if not weights or not any(file.member == "config.json" for file in top):
        raise ModelUnavailable(
            f"{reference}: expected a GGUF file, or config.json and *.safetensors; found neither: "
            "other kinds of weights can run code when they are read, and are not fetched"
        )
    return (*weights, *(file for file in top if file.member.endswith(BESIDE_WEIGHTS)))


def _model_file(sibling: Any) -> ModelFile:  # noqa: ANN401 - the library's description of a file
    sha256 = sibling.lfs.sha256 if sibling.lfs else ""
    name = PurePosixPath(sibling.rfilename).name
    return ModelFile(name, sibling.rfilename, int(sibling.size or 0), str(sha256))


def _is_plain(member: str) -> bool:
    """Tells whether a file's path stays inside its folder."""
    path = PurePosixPath(member)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts and "\\" not in member


def _describe(source: HubSource) -> Any:  # noqa: ANN401
    """Returns what the hub says of a repository, its files' sizes and hashes included."""
    hub = _library()
    with _translated_errors(source.repository):
        return hub.HfApi(endpoint=_endpoint()).model_info(
            source.repository, revision=source.revision, files_metadata=True, timeout=REACH_SECONDS
        )


def _endpoint() -> str | None:
    """Returns the mirror named in the environment now; the library reads it only when imported."""
    return os.environ.get("HF_ENDPOINT") or None


def _library() -> Any:  # noqa: ANN401
    try:
        import huggingface_hub
    except ImportError as error:
        raise ModelUnavailable(
            "models of the Hugging Face hub need huggingface_hub: pip install 'funsearch[local]'"
        ) from error
    return huggingface_hub


@contextmanager
def _translated_errors(repository: str) -> Iterator[None]:
    """Raises the library's exceptions as ours, without the token."""
    from huggingface_hub import errors

    unreached = getattr(errors, "HTTPError", OSError)  # of the library that speaks HTTP, whichever it is
    try:
        yield
    except errors.GatedRepoError:
        raise ModelUnavailable(
            f"{repository}: its publisher asks for consent: accept the terms on the hub, then set HF_TOKEN"
        ) from None
    except (errors.RepositoryNotFoundError, errors.HFValidationError, errors.RevisionNotFoundError):
        raise ModelUnavailable(
            f"{repository}: the hub has no such model (or shows it only to its owner): check the spelling"
        ) from None
    except errors.OfflineModeIsEnabled:
        raise ModelUnavailable(f"{repository}: HF_HUB_OFFLINE is set; unset it to fetch models") from None
    except (OSError, unreached, errors.EntryNotFoundError) as error:
        raise ModelUnavailable(
            f"{repository}: the hub did not give it: {_without_token(str(error))}; {OFFLINE_MEND}"
        ) from None


def _without_token(text: str) -> str:
    for variable in TOKEN_VARIABLES:
        if token := os.environ.get(variable):
            text = text.replace(token, "***")
    return " ".join(text.split())[:300]
