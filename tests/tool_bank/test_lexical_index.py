from __future__ import annotations

import math

import bm25s  # type: ignore[import-untyped]
import numpy as np
import pytest

from tool_bank.lexical_index import K1, SPARE_SLOTS, B, LexicalIndex, query_words, words


def index(**documents: str) -> LexicalIndex:
    made = LexicalIndex()
    for name, text in documents.items():
        made.add(name, words(text))
    return made


def scores(of: LexicalIndex, query: str) -> dict[str, float]:
    """Returns the scores above zero."""
    found = of.scores(query)
    documents = sorted(of.ids())
    return {d: float(score) for d, score in zip(documents, found.of(documents), strict=True) if score}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("parseHTTPResponse2JSON", ["pars", "http", "respons", "2", "json"]),
        ("snake_case_name", ["snak", "cas", "nam"]),
        ("Converts the durations, converting a duration", ["convert", "dur", "convert", "dur"]),
        ("naïve Größe 東京", ["naiv", "groß", "東京"]),
        ("the of and", []),
    ],
)
def test_names_are_split_and_words_cut_to_their_stems(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_query_has_each_word_once_and_no_numbers() -> None:
    assert query_words("Add 2 and 3.5, then add 2 to mp3") == ["add", "then", "mp"]


def test_a_shared_rare_word_counts_more_than_a_shared_common_one() -> None:
    found = scores(index(a="sort numbers", b="sort bins", c="sort words"), "sort bins")
    assert found["b"] > found["a"] == found["c"] > 0


def test_the_score_is_that_of_the_formula() -> None:
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 3 / 2))
    assert scores(index(a="bins bins pack", b="slug"), "bins") == {"a": pytest.approx(expected)}


def corpus(documents: int, seed: int) -> list[str]:
    """Returns texts of made-up words, some common and some rare."""
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{'x' * int(n)}" for n in rng.zipf(1.5, 12) % 30) for _ in range(documents)]


@pytest.mark.parametrize("removed", [0, 7, 2 * SPARE_SLOTS])
def test_the_scores_are_those_of_bm25s_also_after_documents_have_gone(removed: int) -> None:
    texts = corpus(40, seed=1)
    made = index(**{f"d{n:02}": text for n, text in enumerate(texts)})
    for number in range(removed):
        made.add(f"gone{number}", words(texts[number % 40]))
    for number in range(removed):
        made.remove(f"gone{number}")
    reference = bm25s.BM25(method="lucene", k1=K1, b=B)
    reference.index([words(text) for text in texts], show_progress=False)
    for query in corpus(10, seed=2):
        expected = reference.get_scores(query_words(query)) * (K1 + 1)  # a factor that bm25s leaves out
        found = made.scores(query)
        np.testing.assert_allclose(found.of([f"d{n:02}" for n in range(40)]), expected, rtol=1e-4)
        best = found.best(3)
        np.testing.assert_allclose(found.of(best), np.sort(expected)[: -len(best) - 1 : -1], rtol=1e-4)


def test_the_best_of_a_large_index_are_the_same_when_asked_again_and_after_a_change() -> None:
    texts = corpus(2_000, seed=3)  # common words have far more documents than LONG
    made = index(**{f"d{n:04}": text for n, text in enumerate(texts)})
    for query in [*corpus(1, seed=4), "wx"]:
        for change in (False, False, True):
            if change:
                made.add("d0000", words(query))
            everything = made.scores(query)
            documents = sorted(made.ids())
            expected = sorted(everything.of(documents), reverse=True)[:20]
            np.testing.assert_array_equal(everything.of(everything.best(20)), expected)
            fresh = LexicalIndex()
            for document in documents:
                text = query if document == "d0000" and change else texts[int(document[1:])]
                fresh.add(document, words(text))
            np.testing.assert_allclose(fresh.scores(query).of(documents), everything.of(documents), rtol=1e-5)
        made.add("d0000", words(texts[0]))


def test_a_removed_document_is_not_found_and_one_added_again_is_found_by_its_new_words() -> None:
    made = index(a="bins", b="bins")
    made.remove("a")
    made.remove("never there")
    made.add("b", words("slug"))
    assert scores(made, "bins") == {}
    assert scores(made, "slug").keys() == {"b"}
    assert made.ids() == {"b"}


def test_an_empty_index_and_an_empty_query_find_nothing() -> None:
    assert LexicalIndex().scores("bins").best(5) == []
    assert LexicalIndex().scores("bins").highest == 0.0
    assert index(a="bins").scores("").best(5) == []
