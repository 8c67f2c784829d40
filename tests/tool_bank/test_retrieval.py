from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.tool_bank.examples import DURATION, PACK, SLUG, tool
from tool_bank.encoder import Array
from tool_bank.exact_index import ExactIndex, IndexUnusable, Vector, VectorIndex
from tool_bank.record import Record
from tool_bank.retrieval import Retriever
from tool_bank.scripted import ScriptedEncoder


class BreakingIndex(ExactIndex):
    """Breaks at the n-th call that changes or asks it."""

    def __init__(self, calls_that_work: int) -> None:
        super().__init__()
        self._left = calls_that_work

    def put(self, vectors: Mapping[str, Vector]) -> None:
        self._count()
        super().put(vectors)

    def nearest(self, query: Vector, k: int) -> list[str]:
        self._count()
        return super().nearest(query, k)

    def remove(self, ids: Iterable[str]) -> None:
        self._count()
        super().remove(ids)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise IndexUnusable("broken on purpose")


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = Record(tmp_path / "bank.sqlite")
    record.add([DURATION, PACK, SLUG])
    yield record
    record.close()


def retriever(record: Record, open_index: Callable[[str], VectorIndex] = lambda _: ExactIndex()) -> Retriever:
    return Retriever(record, ScriptedEncoder(), open_index)


def names(found: Retriever, query: str, k: int = 5) -> list[str]:
    return [match.tool.name for match in found.search(query, k)]


def test_the_fitting_tool_comes_first_and_scores_fall(record: Record) -> None:
    matches = retriever(record).search("pack items into bins", 3)
    assert matches[0].tool == PACK
    scores = [match.score for match in matches]
    assert scores == sorted(scores, reverse=True)
    assert len(matches) == 3


def test_no_more_than_k_are_returned(record: Record) -> None:
    assert len(retriever(record).search("make", 1)) == 1


def test_a_word_of_the_name_finds_a_tool_that_the_vectors_rank_low(record: Record) -> None:
    record.add([tool(f"filler_{number}", "Zebra stripes.") for number in range(60)])
    record.add([tool("zebra_counter", "Counts animals of one kind, whatever they may be called by people.")])
    assert "zebra_counter" in names(retriever(record), "zebra counter")


def test_an_example_query_draws_its_tool_nearer(record: Record) -> None:
    query = "elapsed hours"
    before = retriever(record).search(query, 1)[0].score
    record.add([tool("stopwatch", "Turns text into a number.", example_queries=(query,))])
    best = retriever(record).search(query, 1)[0]
    assert best.tool.name == "stopwatch"
    assert best.score > before


def test_the_search_follows_every_change_of_the_record(record: Record) -> None:
    found = retriever(record)
    assert names(found, "slug", 1) == ["make_slug"]
    record.set_status("make_slug", "retired", "test")
    assert "make_slug" not in names(found, "slug")
    record.add([tool("other_slug", "Makes a slug.")])
    assert names(found, "slug", 1) == ["other_slug"]
    record.add([SLUG])
    assert set(names(found, "slug", 2)) == {"make_slug", "other_slug"}
    better = tool("make_slug", "Makes a URL slug of a title, without accents.")
    record.add([better])
    assert [match.tool for match in found.search("slug", 2) if match.tool.name == "make_slug"] == [better]


def test_a_tool_is_embedded_once_whoever_asks(record: Record) -> None:
    encoder = ScriptedEncoder()
    Retriever(record, encoder, lambda _: ExactIndex()).search("slug", 1)
    Retriever(record, encoder, lambda _: ExactIndex()).search("slug", 1)
    assert encoder.encoded.count("Can you help me? I want to makes a URL slug of a title.") == 1


def test_requests_heard_later_draw_their_tool_nearer_and_its_vector_is_made_anew_once(record: Record) -> None:
    found, elsewhere = retriever(record), retriever(record)
    before = {match.tool.name: match.score for match in found.search("title for a web page", 5)}
    elsewhere.search("title for a web page", 5)
    record.add_queries("make_slug", ["a web page", "web title"], "request")
    after = {match.tool.name: match.score for match in found.search("title for a web page", 5)}
    assert after["make_slug"] > before["make_slug"]
    encoder = ScriptedEncoder()
    same = Retriever(record, encoder, lambda _: ExactIndex())
    assert {m.tool.name: m.score for m in same.search("title for a web page", 5)} == pytest.approx(after)
    assert {m.tool.name: m.score for m in elsewhere.search("title for a web page", 5)} == pytest.approx(after)
    assert encoder.encoded == ["title for a web page"]


def test_a_vector_made_while_a_request_was_heard_is_made_again(record: Record) -> None:
    class HearingEncoder(ScriptedEncoder):
        """While it first encodes, another process adds a request."""

        def encode(self, texts: Sequence[str]) -> Array:
            if not self.encoded:
                record.add_queries("make_slug", ["web page"], "request")
            return super().encode(texts)

    found = Retriever(record, HearingEncoder(), lambda _: ExactIndex())
    found.search("slug", 1)
    assert found.search("web page", 5) == retriever(record).search("web page", 5)


def test_the_search_reads_only_what_has_changed(record: Record, monkeypatch: pytest.MonkeyPatch) -> None:
    found = retriever(record)
    found.search("slug", 1)
    asked: list[str] = []
    named = Record.named
    monkeypatch.setattr(Record, "named", lambda self, names: named(self, asked.extend(names) or names))
    record.set_status("pack_bins", "retired", "test")
    record.add([tool("other_slug", "Makes a slug.")])
    found.search("slug", 1)
    found.search("slug", 1)
    assert asked == ["other_slug", "pack_bins"]


def test_a_query_asked_again_is_not_encoded_again(record: Record) -> None:
    encoder = ScriptedEncoder()
    found = Retriever(record, encoder, lambda _: ExactIndex())
    found.search("slug", 1)
    found.search("slug", 1)
    assert encoder.encoded.count("slug") == 1


def test_an_empty_bank_and_an_empty_query_are_no_error(tmp_path: Path) -> None:
    empty = Record(tmp_path / "bank.sqlite")
    assert retriever(empty).search("anything", 5) == []
    empty.add([DURATION])
    assert names(retriever(empty), "") == ["parse_duration"]
    empty.close()


@pytest.mark.parametrize("calls_that_work", range(4))
def test_when_the_index_breaks_the_search_goes_on_exactly_and_says_so(
    record: Record, caplog: pytest.LogCaptureFixture, calls_that_work: int
) -> None:
    expected = retriever(record).search("pack items into bins", 3)
    broken = retriever(record, lambda _: BreakingIndex(calls_that_work))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert broken.search("pack items into bins", 3) == expected
    assert caplog.text.count("searching exactly, without the index: broken on purpose") == 1


def test_an_index_that_cannot_be_opened_is_done_without(
    record: Record, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: str) -> VectorIndex:
        raise IndexUnusable("another process holds the index")

    assert names(retriever(record, refuse), "slug", 1) == ["make_slug"]
    assert "another process holds the index" in caplog.text
