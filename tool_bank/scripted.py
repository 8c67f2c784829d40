"""An encoder without a model, for tests of this room and those above."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from tool_bank.encoder import WIDTH, Array
from tool_bank.lexical_index import words


class ScriptedEncoder:
    """Keeps `Encoder`: texts are near where they share words (each word adds one fixed direction)."""

    model_id = "scripted"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> Array:
        """Returns one row per text, float32 [len(texts), 384], of length 1."""
        self.encoded += texts
        return np.array([self._embed(text) for text in texts], np.float32).reshape(-1, WIDTH)

    def _embed(self, text: str) -> Array:
        total = np.zeros(WIDTH, np.float32)
        for word in words(text) or [""]:
            total += np.random.default_rng(crc32(word.encode())).normal(size=WIDTH).astype(np.float32)
        return total / np.float32(np.linalg.norm(total))
