"""Looks at GGUF files before llama.cpp does, which aborts on some and can only call others "failed"."""

from __future__ import annotations

from pathlib import Path

from language_models.backend import ModelUnavailable
from language_models.model_manager import MEND, check_known_file

HEAD = 1 << 16  # bytes in which a file says of what kind it is
ADAPTER = b"general.type" + (8).to_bytes(4, "little") + (7).to_bytes(8, "little") + b"adapter"


def check_file(path: Path) -> None:
    """Refuses what is no model file.

    Raises:
        ModelUnavailable: No such file, a known model's file that is not whole, no GGUF file, or an adapter.
    """
    if not path.is_file():
        raise ModelUnavailable(f"{path}: no such file; run `make model`, or give the path of a GGUF file")
    check_known_file(path)
    head = _head(path)
    if head[:4] != b"GGUF":
        raise ModelUnavailable(
            f"{path}: not a GGUF file: it begins with {head[:4]!r}, expected b'GGUF'; {MEND}"
        )
    if ADAPTER in head:
        raise ModelUnavailable(
            f"{path}: a LoRA adapter, expected a model; open the model with adapters=({path.name!r},)"
        )


def check_adapter(path: Path) -> None:
    """Refuses what is no LoRA adapter.

    Raises:
        ModelUnavailable: No such file, no GGUF file, or one that holds no adapter.
    """
    if not path.is_file():
        raise ModelUnavailable(f"adapter {path}: no such file; give the path of a LoRA adapter as GGUF")
    head = _head(path)
    if head[:4] != b"GGUF":
        raise ModelUnavailable(
            f"adapter {path}: not a GGUF file: it begins with {head[:4]!r}, expected b'GGUF'; "
            "convert it with llama.cpp's convert_lora_to_gguf.py"
        )
    if ADAPTER not in head:
        raise ModelUnavailable(
            f"adapter {path}: a GGUF file, but no adapter: expected general.type = adapter in its head; "
            "give a whole model as the model itself"
        )


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(HEAD)
