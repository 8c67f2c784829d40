from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tool_bank.exact_index import ExactIndex, Vector
from tool_bank.lexical_index import words
from tool_bank.ranking import FRESH, Entry, Ranking

WIDTH = 8
X, Y = np.eye(WIDTH, dtype=np.float32)[:2]


class CountingIndex(ExactIndex):
    """Counts how often it is given vectors."""

    puts = 0

    def put(self, vectors: Mapping[str, Vector]) -> None:
        self.puts += 1
        super().put(vectors)


def entry(vector: Vector, text: str = "") -> Entry:
    return Entry(words(text), vector / np.float32(np.linalg.norm(vector)))


def ids(ranking: Ranking, query: str, vector: Vector, k: int = 5) -> list[str]:
    return [hit.document for hit in ranking.rank(query, vector, k)]


def test_meaning_and_words_are_weighed_against_each_other() -> None:
    ranking = Ranking(ExactIndex())
    ranking.put({"near": entry(X + 0.1 * Y), "named": entry(X + 0.2 * Y, "slug"), "far": entry(Y)})
    assert ids(ranking, "", X) == ["near", "named", "far"]
    assert ids(ranking, "slug", X) == ["named", "near", "far"]
    best = ranking.rank("slug other", X, 1)[0]
    assert best.overlap == 1.0
    assert 0.0 < best.share < 0.5
    assert best.score == best.nearness + 0.25


def test_what_all_documents_have_in_common_tells_none_from_another() -> None:
    ranking = Ranking(ExactIndex())
    ranking.put({"own": entry(X + Y)})
    alone = ranking.rank("", Y, 1)[0].nearness
    ranking.put({f"d{n}": entry(X) for n in range(500)})
    (hit,) = ranking.rank("", Y, 1)
    assert hit.document == "own"
    assert hit.nearness > alone + 0.1  # the X in it is everybody's
    assert 0.5 < alone < 0.8  # of few documents nothing is known yet: the plain cosine, nearly


def test_removed_and_replaced_documents_leave_no_trace() -> None:
    ranking, same = Ranking(ExactIndex()), Ranking(ExactIndex())
    ranking.put({"a": entry(X, "bins"), "b": entry(Y, "slug"), "c": entry(X + Y, "bins")})
    ranking.settle()
    ranking.remove(["a", "never there"])
    ranking.put({"b": entry(X, "bins")})
    same.put({"b": entry(X, "bins"), "c": entry(X + Y, "bins")})
    assert ranking.ids() == same.ids() == {"b", "c"}
    assert ranking.rank("bins", X, 5) == same.rank("bins", X, 5)


def test_new_documents_are_found_at_once_and_given_to_the_index_many_at_a_time() -> None:
    index = CountingIndex()
    ranking = Ranking(index)
    for number in range(FRESH):
        ranking.put({f"d{number}": entry(Y)})
    ranking.put({"last": entry(X)})
    assert ids(ranking, "", X, 1) == ["last"]
    assert index.puts == 1
    ranking.put({"later": entry(X, "slug")})
    assert ids(ranking, "slug", X, 1) == ["later"]
    assert index.puts == 1
    ranking.settle()
    ranking.settle()
    assert index.puts == 2
    assert index.ids() == ranking.ids()
