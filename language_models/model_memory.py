"""How much memory a model takes while it runs, estimated from its files before it is loaded.

The constants are measured for llama.cpp on CPU with its default batch of 512 tokens; a test holds
the sum against the memory that a process really takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from language_models.backend import ModelUnavailable
from language_models.gguf_file import GgufFile

BATCH_TOKENS = 512  # how many tokens of a prompt llama.cpp computes at a time
CACHE_BYTES = 2  # of a number in the cache: 16 bits
NUMBER_BYTES = 4  # of a number that is computed with
RUNTIME_BYTES = 20_000_000  # llama.cpp itself
TOKEN_BYTES = 150  # of a vocabulary's entry: its text and its place in two tables
REPACKED = ("Q4_0", "Q4_K", "IQ4_NL")  # kept a second time in an order that suits the processor
TORCH_BYTES = 400_000_000  # torch and transformers themselves, once a process
LARGEST_CONFIG = 16 << 20


@dataclass(frozen=True)
class MemoryEstimate:
    """Bytes by what they are for.

    Attributes:
        weights: The files.
        repacked: A second copy of some weights in another order.
        cache: Keys and values of every token that all slots together may hold.
        scratch: What computing takes beside, the libraries included.
    """

    weights: int
    repacked: int
    cache: int
    scratch: int

    @property
    def total(self) -> int:
        """Returns the sum."""
        return self.weights + self.repacked + self.cache + self.scratch

    def __str__(self) -> str:
        words = " + ".join(f"{megabytes(size)} {name}" for name, size in vars(self).items() if size)
        return f"{words} = {megabytes(self.total)}"


def megabytes(size: int) -> str:
    """Returns a size in words: "338 MB"."""
    return f"{size / 1e6:,.0f} MB"


def estimate(place: Path, *, context_tokens: int, slots: int) -> MemoryEstimate:
    """Returns what the model of a GGUF file or of a transformers directory takes.

    Args:
        place: The file or directory.
        context_tokens: Longest prompt and reply together, of one slot.
        slots: Conversations or samples side by side.

    Raises:
        ModelUnavailable: It is neither, or is damaged.
    """
    if place.is_dir():
        return of_directory(place, context_tokens=context_tokens, slots=slots)
    return of_gguf(GgufFile.read(place), context_tokens=context_tokens, slots=slots)


def of_gguf(file: GgufFile, *, context_tokens: int, slots: int) -> MemoryEstimate:
    """Returns what a GGUF file takes in llama.cpp."""
    between = 4 * file.embedding + 2 * file.feed_forward  # numbers a token has at once, measured
    return MemoryEstimate(
        weights=file.size,
        repacked=sum(file.matrix_bytes_by_type.get(kind, 0) for kind in REPACKED),
        cache=file.cached_per_token * CACHE_BYTES * context_tokens * slots,
        scratch=RUNTIME_BYTES + TOKEN_BYTES * file.vocabulary + BATCH_TOKENS * between * NUMBER_BYTES,
    )


def of_directory(folder: Path, *, context_tokens: int, slots: int) -> MemoryEstimate:
    """Returns what a directory with config.json and safetensors takes in transformers."""
    config = _config(folder / "config.json")
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    if not weights:
        raise ModelUnavailable(f"{folder}: expected weights as *.safetensors, found none")
    heads = _count(config, "num_attention_heads", "n_head")
    width = _count(config, "hidden_size", "n_embd")
    inner = _count(config, "intermediate_size", "n_inner") or 4 * width
    head = _count(config, "head_dim") or width // max(heads, 1)
    cached = 2 * _count(config, "num_hidden_layers", "n_layer") * head
    cached *= _count(config, "num_key_value_heads") or heads
    word = NUMBER_BYTES if "float32" in str(config.get("dtype", config.get("torch_dtype"))) else CACHE_BYTES
    tokens = context_tokens * slots
    logits = slots * _count(config, "vocab_size") * NUMBER_BYTES
    return MemoryEstimate(
        weights=weights,
        repacked=0,
        cache=cached * word * tokens,
        scratch=TORCH_BYTES + logits + tokens * (4 * width + 2 * inner) * word,
    )


def _config(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            config = json.loads(stream.read(LARGEST_CONFIG).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnavailable(f"{path}: expected a model's config.json: {error}") from error
    if not isinstance(config, dict):
        raise ModelUnavailable(f"{path}: expected a JSON object, found {type(config).__name__}")
    inner = config.get("text_config")  # of models that also see
    return {**config, **inner} if isinstance(inner, dict) else config


def _count(config: dict[str, Any], *names: str) -> int:
    """Returns the first of the settings that is there as a sane whole number, else 0."""
    values = (config.get(name) for name in names)
    return next((v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 <= v < 1 << 32), 0)
