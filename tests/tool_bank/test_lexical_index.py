from __future__ import annotations

import math

import pytest

from tool_bank.lexical_index import LexicalIndex, tool_words, words


def index(**documents: str) -> LexicalIndex:
    made = LexicalIndex()
    for name, text in documents.items():
        made.add(name, words(text))
    return made


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


def test_a_shared_rare_word_counts_more_than_a_shared_common_one() -> None:
    scores = index(a="sort numbers", b="sort bins", c="sort words").scores("sort bins")
    assert scores["b"] > scores["a"] == scores["c"] > 0


def test_the_score_is_that_of_the_formula() -> None:
    scores = index(a="bins bins pack", b="slug").scores("bins")
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert scores == {"a": pytest.approx(idf * 2 * 2.5 / (2 + 1.5 * (0.25 + 0.75 * 3 / 2)))}


def test_a_removed_document_is_not_found_and_one_added_again_is_found_by_its_new_words() -> None:
    made = index(a="bins", b="bins")
    made.remove("a")
    made.remove("never there")
    made.add("b", words("slug"))
    assert made.scores("bins") == {}
    assert made.scores("slug").keys() == {"b"}
    assert made.ids() == {"b"}


def test_an_empty_index_and_an_empty_query_find_nothing() -> None:
    assert LexicalIndex().scores("bins") == {}
    assert index(a="bins").scores("") == {}


def test_a_word_of_the_name_counts_more_than_one_of_the_description() -> None:
    made = LexicalIndex()
    made.add("named", tool_words("slug", "Makes text short.", ""))
    made.add("described", tool_words("short", "Makes slug text.", ""))
    scores = made.scores("slug")
    assert scores["named"] > scores["described"]
