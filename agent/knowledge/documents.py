"""The documents that users gave: read, cut, kept in the agent's record, and searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.knowledge.document_cutting import Piece, pieces
from agent.knowledge.document_index import PassageIndex
from agent.knowledge.document_reading import Document, Unread, is_within, read_documents, resolved
from agent.knowledge.kept_encoder import KeptEncoder
from programs.utf8_text import digest
from tool_bank.database import Database, batches
from tool_bank.encoder import Encoder

MOST_PASSAGES = 2_000  # of one request: each takes some 50 ms to embed


@dataclass(frozen=True)
class Passage:
    """Some lines of a document.

    Attributes:
        source: Path of the document.
        line: The first of the lines, from 1.
        text: What they say.
        score: How well they fit what was asked for: 1.25 at most; 0.0 where nothing was asked.
    """

    source: str
    line: int
    text: str
    score: float = 0.0


@dataclass(frozen=True)
class Intake:
    """What came of documents that were given.

    Attributes:
        read: Paths of the files that can be searched now.
        unread: The others, each with the reason.
        characters: Of all passages.
    """

    read: tuple[str, ...]
    unread: tuple[Unread, ...]
    characters: int


class Documents:
    """Documents and their passages. Nobody finds passages of documents that they do not name.

    Args:
        database: The agent's record.
        encoder: Makes vectors; each text's is kept.
        directory: Holds the index, which may be lost at any time.
        roots: Folders beyond which no document is read; None: everywhere that this process may read.
    """

    def __init__(
        self,
        database: Database,
        encoder: Encoder,
        directory: str | Path,
        roots: Sequence[str | Path] | None = None,
    ) -> None:
        self._database = database
        self._encoder = KeptEncoder(database, encoder)
        self._index = PassageIndex(database, self._encoder, Path(directory))
        self._roots = None if roots is None else tuple(map(resolved, roots))

    def add(self, paths: Sequence[str | Path]) -> Intake:
        """Reads documents as they are now; what has changed takes the place of what was there."""
        read: dict[str, int] = {}
        unread: list[Unread] = []
        left = MOST_PASSAGES
        for reading in read_documents(paths, self._roots):
            if isinstance(reading, Unread):
                unread.append(reading)
                continue
            found = pieces(reading.source, reading.text)
            if len(found) > left:
                unread.append(Unread(reading.source, f"expected at most {MOST_PASSAGES} passages in all"))
                continue
            left -= len(found)
            self._keep(reading, found)
            read[reading.source] = sum(len(piece.text) for piece in found)
        self._forget(set(self._sources(paths)) - read.keys())
        return Intake(tuple(read), tuple(unread), sum(read.values()))

    def search(self, query: str, k: int = 5, within: Iterable[str | Path] = ()) -> list[Passage]:
        """Returns at most k passages of the documents at these paths, the best first."""
        allowed = {
            name
            for marks, batch in batches(self._sources(within))
            for (name,) in self._database.rows(f"SELECT id FROM chunks WHERE source IN ({marks})", batch)
        }
        if k < 1 or not allowed or not query.strip():
            return []
        scores = {hit.document: hit.score for hit in self._index.rank(query, allowed, k)}
        found = self._passages("id", scores, scores)
        return sorted(found, key=lambda passage: (-passage.score, passage.source, passage.line))

    def passages(self, within: Iterable[str | Path]) -> list[Passage]:
        """Returns all passages of the documents at these paths, in their order."""
        found = self._passages("source", self._sources(within), {})
        return sorted(found, key=lambda passage: (passage.source, passage.line))

    def text(self, name: str, within: Sequence[str | Path]) -> str:
        """Returns what one of the documents at these paths says now.

        Args:
            name: Its path, or the end of it, such as "rent.md".
            within: Files and folders.

        Raises:
            LookupError: There is none of that name, or more than one.
        """
        read = [r for r in read_documents(within, self._roots) if isinstance(r, Document)]
        exact = [r for r in read if r.source == resolved(name)]
        found = exact or [
            r for r in read if Path(r.source).parts[-len(Path(name).parts) :] == Path(name).parts
        ]
        if len(found) != 1:
            known = ", ".join(reading.source for reading in found or read)
            raise LookupError(
                f"{name}: expected the path of one document, found {len(found)} in: {known:.1000}"
            )
        return found[0].text

    @property
    def index_role(self) -> str:
        """What searches are answered by, as `ToolBank.index_role` says it; empty before the first."""
        return self._index.role

    def close(self) -> None:
        """Lets go of the index."""
        self._index.close()

    def _sources(self, paths: Iterable[str | Path]) -> list[str]:
        """Returns the documents on file at these paths or below them."""
        tops = [resolved(path) for path in paths]
        on_file = [source for (source,) in self._database.rows("SELECT DISTINCT source FROM chunks")]
        return [source for source in on_file if any(is_within(source, top) for top in tops)]

    def _passages(self, column: str, values: Iterable[str], scores: dict[str, float]) -> list[Passage]:
        return [
            Passage(source, place, text, scores.get(name, 0.0))
            for marks, batch in batches(values)
            for name, source, place, text in self._database.rows(
                f"SELECT id, source, place, text FROM chunks WHERE {column} IN ({marks}) ORDER BY rowid",
                batch,
            )
        ]

    def _keep(self, document: Document, found: Sequence[Piece]) -> None:
        """Puts a document's pieces in place of those it had; the vectors of unchanged ones stay."""
        rows = {_id(document.source, piece): piece for piece in found}
        with self._database.transaction():
            held = self._ids(document.source)
            self._database.write_many(
                "INSERT INTO chunks (id, source, place, text, digest) VALUES (?, ?, ?, ?, ?)",
                [
                    (name, document.source, piece.line, piece.text, digest(piece.text))
                    for name, piece in rows.items()
                    if name not in held
                ],
            )
            self._drop(held - rows.keys())

    def _forget(self, sources: Iterable[str]) -> None:
        for source in sorted(sources):
            with self._database.transaction():
                self._drop(self._ids(source))

    def _ids(self, source: str) -> set[str]:
        rows = self._database.rows("SELECT id FROM chunks WHERE source = ?", (source,))
        return {name for (name,) in rows}

    def _drop(self, ids: Iterable[str]) -> None:
        """Forgets passages, and the vectors of texts that stand nowhere else; within a transaction."""
        for marks, batch in batches(ids):
            digests = self._database.rows(f"SELECT digest FROM chunks WHERE id IN ({marks})", batch)
            self._database.write(f"DELETE FROM chunks WHERE id IN ({marks})", batch)
            self._database.write_many(
                "DELETE FROM vectors WHERE id = ? AND NOT EXISTS "
                "(SELECT 1 FROM chunks WHERE digest = vectors.id)",
                digests,
            )


def _id(source: str, piece: Piece) -> str:
    return digest(f"{source}\0{piece.line}\0{piece.text}")
