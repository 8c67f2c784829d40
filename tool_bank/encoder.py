"""Text to vectors: MiniLM in plain numpy. The only file that imports tokenizers and safetensors.

The model is sentence-transformers/all-MiniLM-L6-v2 (BERT with 6 layers of 12 heads, width 384, mean
pooling, unit length), read from its own safetensors. Tests hold the vectors to those of torch within
1e-4. One BLAS thread per encoder: with a busy neighbour two take twenty times longer than one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from language_models.backend import ModelUnavailable
from language_models.model_manager import MINILM, ensure

Array: TypeAlias = NDArray[np.float32]

WIDTH = 384
LAYERS = 6
HEADS = 12
HEAD_WIDTH = WIDTH // HEADS
MAX_TOKENS = 256  # longer texts are cut there, as the model's own configuration says
TEXTS_KEPT = 1024  # their vectors, by `RememberingEncoder`
EPSILON = 1e-12
ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)  # Abramowitz and Stegun 7.1.26


class Encoder(Protocol):
    """Turns texts into vectors of unit length, near where the texts mean the same."""

    @property
    def model_id(self) -> str:
        """Names model and version; vectors of different names are never compared."""

    def encode(self, texts: Sequence[str]) -> Array:
        """Returns float32 [len(texts), 384].

        Raises:
            ModelUnavailable: The model's files are missing and cannot be fetched, or are damaged.
        """


class MiniLMEncoder:
    """The real encoder; the model is loaded (and fetched, where missing) by the first `encode`."""

    def __init__(self, directory: Path | None = None, *, download: bool = True) -> None:
        """Takes the directory that holds the house's models (None: the usual one)."""
        self._directory = directory
        self._download = download

    @property
    def model_id(self) -> str:
        """Names the model and the wheel it comes from."""
        return f"{MINILM.name}/{MINILM.version}"

    def encode(self, texts: Sequence[str]) -> Array:
        """Returns one row per text, float32 [len(texts), 384]."""
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        with self._model.one_thread():
            return np.stack([self._model.embed(text) for text in texts])

    @cached_property
    def _model(self) -> _MiniLM:
        return _load(ensure(MINILM, self._directory, download=self._download))


class RememberingEncoder:
    """Keeps the vectors of recent texts of another encoder, by whom each is made once."""

    def __init__(self, encoder: Encoder, kept: int | None = TEXTS_KEPT) -> None:
        """Takes the encoder and how many texts are kept (None: all)."""
        self.model_id = encoder.model_id
        self._vector = lru_cache(kept)(lambda text: encoder.encode([text])[0])

    def encode(self, texts: Sequence[str]) -> Array:
        """Returns one row per text, float32 [len(texts), 384]."""
        return np.array([self._vector(text) for text in texts], np.float32).reshape(-1, WIDTH)


@dataclass(frozen=True)
class _Layer:
    """The weights of one transformer layer, ready for `x @ w + b`."""

    query_key_value: tuple[Array, Array]
    attended: tuple[Array, Array]
    attended_norm: tuple[Array, Array]
    widened: tuple[Array, Array]
    narrowed: tuple[Array, Array]
    norm: tuple[Array, Array]


@dataclass(frozen=True)
class _MiniLM:
    """Tokenizer and weights; `embed` is the whole network."""

    tokenizer: Any
    thread_pools: Any
    words: Array
    positions: Array  # token type 0 added in
    embedding_norm: tuple[Array, Array]
    layers: tuple[_Layer, ...]

    def one_thread(self) -> Any:  # noqa: ANN401
        """Returns a context in which numpy multiplies on one thread."""
        return self.thread_pools.limit(limits=1)

    def embed(self, text: str) -> Array:
        """Returns the text's vector, float32 [384], of length 1."""
        ids = self.tokenizer.encode(text).ids
        hidden = _normed(self.words[ids] + self.positions[: len(ids)], self.embedding_norm)
        for layer in self.layers:
            hidden = _through(layer, hidden)
        mean: Array = hidden.mean(axis=0)
        return mean / np.float32(np.linalg.norm(mean))


def _load(folder: Path) -> _MiniLM:
    """Returns the model that lies in `folder`."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file
    from threadpoolctl import ThreadpoolController
    from tokenizers import Tokenizer

    try:
        weights: dict[str, Array] = load_file(folder / "model.safetensors")
        tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text(encoding="utf-8"))
        layers = tuple(_layer(weights, f"encoder.layer.{number}") for number in range(LAYERS))
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise ModelUnavailable(f"{MINILM.name}: cannot read {folder}: {error}; run `make model`") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return _MiniLM(
        tokenizer=tokenizer,
        thread_pools=ThreadpoolController(),
        words=weights["embeddings.word_embeddings.weight"],
        positions=weights["embeddings.position_embeddings.weight"]
        + weights["embeddings.token_type_embeddings.weight"][0],
        embedding_norm=_pair(weights, "embeddings.LayerNorm"),
        layers=layers,
    )


def _layer(weights: Mapping[str, Array], name: str) -> _Layer:
    parts = [_dense(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    return _Layer(
        query_key_value=(np.hstack([w for w, _ in parts]), np.hstack([b for _, b in parts])),
        attended=_dense(weights, f"{name}.attention.output.dense"),
        attended_norm=_pair(weights, f"{name}.attention.output.LayerNorm"),
        widened=_dense(weights, f"{name}.intermediate.dense"),
        narrowed=_dense(weights, f"{name}.output.dense"),
        norm=_pair(weights, f"{name}.output.LayerNorm"),
    )


def _pair(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _dense(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    weight, bias = _pair(weights, name)
    return np.ascontiguousarray(weight.T), bias


def _through(layer: _Layer, hidden: Array) -> Array:
    """Returns one layer's output for hidden states [tokens, 384]."""
    attended = _linear(_attention(_linear(hidden, layer.query_key_value)), layer.attended)
    hidden = _normed(hidden + attended, layer.attended_norm)
    narrowed = _linear(_gelu(_linear(hidden, layer.widened)), layer.narrowed)
    return _normed(hidden + narrowed, layer.norm)


def _attention(query_key_value: Array) -> Array:
    """Returns softmax(QK'/sqrt(d))V of all heads side by side, from [tokens, 3 * 384]."""
    tokens = len(query_key_value)
    by_head = query_key_value.reshape(tokens, 3, HEADS, HEAD_WIDTH).transpose(1, 2, 0, 3)
    query, key, value = by_head[0], by_head[1], by_head[2]
    scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(HEAD_WIDTH))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed: Array = (scores / scores.sum(axis=-1, keepdims=True)) @ value
    return mixed.transpose(1, 0, 2).reshape(tokens, WIDTH).astype(np.float32, copy=False)


def _linear(x: Array, weight_and_bias: tuple[Array, Array]) -> Array:
    weight, bias = weight_and_bias
    product: Array = x @ weight
    return product + bias


def _normed(x: Array, gain_and_bias: tuple[Array, Array]) -> Array:
    gain, bias = gain_and_bias
    centred = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
    normed: Array = centred / spread * gain + bias
    return normed


def _gelu(x: Array) -> Array:
    """Returns x * (1 + erf(x / sqrt(2))) / 2, erf by Abramowitz and Stegun 7.1.26 (error below 2e-7)."""
    z = np.abs(x) * np.float32(1 / np.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.zeros_like(t)
    for coefficient in ERF:
        series = (series + np.float32(coefficient)) * t
    erf = np.sign(x) * (1 - series * np.exp(-z * z))
    activated: Array = x * (1 + erf) * np.float32(0.5)
    return activated
