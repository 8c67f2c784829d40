"""Files of tools, queries and right answers, as bench_bank reads them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tool_bank.search_text import SearchText


@dataclass(frozen=True)
class Query:
    """A request.

    Attributes:
        query_id: Its id.
        text: In its user's words.
        gold: The ids of the tools that answer it.
    """

    query_id: str
    text: str
    gold: frozenset[str]


@dataclass(frozen=True)
class RetrievalFile:
    """One bank and its queries; `tools` are by id."""

    tools: Mapping[str, SearchText]
    queries: tuple[Query, ...]


def read_retrieval_file(path: Path) -> RetrievalFile:
    """Returns what a file of JSON Lines holds: `"record": "tool"` and `"record": "query"`."""
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    tools = {record["id"]: _search_text(record) for record in records if record["record"] == "tool"}
    queries = (record for record in records if record["record"] == "query")
    return RetrievalFile(
        tools, tuple(Query(query["id"], query["query"], frozenset(query["gold"])) for query in queries)
    )


def _search_text(record: Mapping[str, Any]) -> SearchText:
    described = (f"{name}: {text}" for name, text in _parameters(record.get("parameters")))
    return SearchText(record["name"], record["description"] or record["name"], " ".join(described))


def _parameters(schema: object) -> Iterator[tuple[str, str]]:
    """Yields name and description of the parameters of a JSON schema, the nested ones too."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for name, parameter in (properties or {}).items():
        if isinstance(parameter, dict):
            yield name, parameter.get("description") or ""
            yield from _parameters(parameter)
            yield from _parameters(parameter.get("items"))
