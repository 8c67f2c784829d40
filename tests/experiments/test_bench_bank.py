from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.bench_bank import Bench, reciprocal_rank_fusion
from experiments.retrieval_file import Query, read_retrieval_file
from experiments.retrieval_scores import RetrievalScore, mean_score, score_retrieval
from tool_bank.scripted import ScriptedEncoder

RECORDS = [
    {"record": "tool", "id": "t1", "name": "geo.area of", "description": "Area.", "parameters": None},
    {
        "record": "tool",
        "id": "t2",
        "name": "geo.area of",  # names may repeat
        "description": "",
        "parameters": {
            "type": "dict",
            "properties": {
                "base": {"type": "integer", "description": "The base."},
                "more": {"type": "array", "items": {"type": "dict", "properties": {"deep": {}}}},
                "odd": None,
            },
        },
    },
    {"record": "query", "id": "q1", "category": "x", "query": "area", "gold": ["t1"]},
    {"record": "query", "id": "q2", "category": "x", "query": "base", "gold": ["t2", "t1"]},
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in RECORDS))
    return path


def test_names_may_repeat_and_parameters_be_nested_or_missing(path: Path) -> None:
    file = read_retrieval_file(path)
    assert [tool.parameters for tool in file.tools.values()] == ["", "base: The base. more:  deep: "]
    assert file.queries[1] == Query("q2", "base", frozenset({"t1", "t2"}))


def test_every_ranking_puts_the_tool_with_the_words_first(path: Path) -> None:
    file = read_retrieval_file(path)
    bench = Bench(file, ScriptedEncoder())
    for rank in (bench.lexical(), bench.ours(), reciprocal_rank_fusion(bench.plain(), bench.lexical())):
        assert rank(Query("q", "description of the area", frozenset()))[0] == "t1"
    assert bench.ours()(file.queries[1])[0] == "t2"


def test_no_query_is_among_the_examples_of_the_bank_that_it_is_asked_of(tmp_path: Path) -> None:
    queries = [
        {"record": "query", "id": f"q{n}", "query": f"word{'x' * (n // 2)}", "gold": ["t1"]}
        for n in range(40)
    ]
    path = tmp_path / "file.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in [*RECORDS[:2], *queries]))

    class Watching(Bench):
        """Asks each query and looks at the examples that its bank had."""

        def ours(self, examples=None):  # type: ignore[no-untyped-def]
            return lambda query: (query.text, examples["t1"])

    file = read_retrieval_file(path)
    rank = Watching(file, ScriptedEncoder()).with_examples(3)
    for query in file.queries:
        text, examples = rank(query)
        assert len(examples) == 3
        assert text not in examples


def test_the_scores_are_those_of_their_definitions() -> None:
    gold = frozenset({"a", "b"})
    assert score_retrieval(["a", "b", "x"], gold) == RetrievalScore(1.0, 1.0, 1.0)
    second = score_retrieval(["x", "a", "y", "z", "w", "b"], gold)
    assert (second.first, second.found) == (0.0, 0.5)
    assert second.gain == pytest.approx(0.6309 / (1 + 0.6309), abs=1e-4)
    assert score_retrieval([], gold) == RetrievalScore(0.0, 0.0, 0.0)
    assert mean_score([RetrievalScore(1.0, 1.0, 1.0), RetrievalScore(0.0, 0.5, 0.5)]) == RetrievalScore(
        0.5, 0.75, 0.75
    )
