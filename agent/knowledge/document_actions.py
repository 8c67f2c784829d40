"""The documents of a request as actions, so that a plan can compute with all that they say."""

from __future__ import annotations

from collections.abc import Sequence

from agent.action import Action
from agent.knowledge.documents import Documents

READ, SEARCH = "read_document", "search_documents"
FOUND = 5  # passages that a search gives


def document_actions(documents: Documents, within: Sequence[str]) -> list[Action]:
    """Returns what reads and searches the documents at these paths, and no others; none without paths."""
    if not within:
        return []

    def read(name: str) -> str:
        return documents.text(name, within)

    def search(query: str) -> list[str]:
        return [passage.text for passage in documents.search(query, FOUND, within)]

    return [
        Action(
            READ,
            "Returns the whole text of a document that the user gave, by its file name.",
            _one_text("name"),
            read,
            has_effects=False,
        ),
        Action(
            SEARCH,
            "Returns the passages of the user's documents that fit a query best.",
            _one_text("query"),
            search,
            has_effects=False,
        ),
    ]


def _one_text(name: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {name: {"type": "string"}},
        "required": [name],
        "additionalProperties": False,
    }
