"""An encoder whose vectors are kept in the agent's record: no text is ever embedded twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from programs.utf8_text import digest
from tool_bank.database import Database, batches
from tool_bank.encoder import WIDTH, Array, Encoder

AT_ONCE = 32  # texts per transaction: an interrupted embedding keeps what it has
LITTLE_ENDIAN = np.dtype("<f4")


class KeptEncoder:
    """An `Encoder` that names vectors by their texts; those of another model are never mixed in."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._database = database
        self._encoder = encoder

    @property
    def model_id(self) -> str:
        """Names the model that makes the vectors."""
        return self._encoder.model_id

    def encode(self, texts: Sequence[str]) -> Array:
        """Returns one row per text, float32 [len(texts), 384]; makes and keeps those that are new."""
        wanted = {digest(text): text for text in texts}
        found = self._vectors(wanted)
        missing = [name for name in wanted if name not in found]
        for first in range(0, len(missing), AT_ONCE):
            names = missing[first : first + AT_ONCE]
            made = self._encoder.encode([wanted[name] for name in names])
            self._keep(names, made)
            found.update(zip(names, made, strict=True))
        return np.array([found[digest(text)] for text in texts], np.float32).reshape(-1, WIDTH)

    def once(self, text: str) -> Array:
        """Returns the vector of a text that is not worth keeping, such as a query, float32 [384]."""
        vector: Array = self._encoder.encode([text])[0]
        return vector

    def _vectors(self, digests: Iterable[str]) -> dict[str, Array]:
        return {
            name: np.frombuffer(blob, LITTLE_ENDIAN).astype(np.float32)
            for marks, names in batches(digests)
            for name, blob in self._database.rows(
                f"SELECT id, vector FROM vectors WHERE model_id = ? AND id IN ({marks})",
                (self.model_id, *names),
            )
        }

    def _keep(self, names: Sequence[str], vectors: Array) -> None:
        with self._database.transaction():
            self._database.write_many(
                "INSERT OR REPLACE INTO vectors (id, model_id, vector) VALUES (?, ?, ?)",
                [
                    (name, self.model_id, vector.astype(LITTLE_ENDIAN).tobytes())
                    for name, vector in zip(names, vectors, strict=True)
                ],
            )
