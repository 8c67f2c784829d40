"""What a tool is found by: its texts, as words and as vectors."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tool_bank.encoder import Encoder
from tool_bank.lexical_index import words
from tool_bank.tool import Tool

NAME_WEIGHT = 3  # a word of the name counts as often
DOCUMENTATION_CHARACTERS = 1000
SENTENCE_CHARACTERS = 200
MOST_QUERIES = 20  # the latest ones; more would drown the tool's own words
RECIPE = "request+full+queries, unit length"  # how a vector is made; another recipe, other vectors

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class SearchText:
    """The texts of one tool that search reads.

    Attributes:
        name: What it is called.
        description: What it does.
        parameters: Its parameters in words: names, and what is said of them.
        queries: Requests that it answers, in users' words, the latest last.
    """

    name: str
    description: str
    parameters: str = ""
    queries: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """Returns the words that it is found by."""
        return words(self.name) * NAME_WEIGHT + words(self.description) + words(self.parameters)

    def vector(self, encoder: Encoder) -> Vector:
        """Returns the mean of the vectors of its texts, float32 [384], of length 1.

        Said as a request, what a tool does comes nearer to the requests that it answers.
        """
        full = f"{self.name}: {self.description} {self.parameters}".strip()
        texts = [self._as_request(), full, *self.queries[-MOST_QUERIES:]]
        mean: Vector = encoder.encode(texts).mean(axis=0)
        # Chroma's graph misses much where lengths differ: the longest vectors draw all paths to themselves.
        unit: Vector = mean / np.maximum(np.linalg.norm(mean), np.finfo(np.float32).tiny)
        return unit

    def _as_request(self) -> str:
        sentence = re.split(r"(?<=[.!?])\s", self.description)[0][:SENTENCE_CHARACTERS]
        return f"Can you help me? I want to {sentence[:1].lower()}{sentence[1:]}"


def search_text(tool: Tool, heard: Iterable[str] = ()) -> SearchText:
    """Returns a tool's texts; `heard` are requests that it has answered since it was added."""
    documentation = tool.signature.documentation[:DOCUMENTATION_CHARACTERS]
    queries = tuple(dict.fromkeys([*tool.example_queries, *heard]))
    return SearchText(tool.name, tool.description, f"{tool.signature.text} {documentation}".strip(), queries)
