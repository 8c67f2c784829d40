"""Measures the search of the tool bank: `python -m experiments.bench_bank FILE.jsonl --run OUT.jsonl`.

Prints R@1/R@5/nDCG@5 of the bank's own ranking, and beside it of MiniLM over "name: description", of BM25
and of reciprocal rank fusion of these two. The run gets `{"id", "ranked"}` for each query, best first.

With `--examples N` each tool has at most N example queries, other queries of the file that it alone answers:
they are dealt into five folds, and those of one fold are asked where the examples come from the others.
With `--scale` banks of made-up tools are filled and asked: what searching and adding cost beyond the encoder.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np

from experiments.bank_scale import scale_lines
from experiments.retrieval_file import Query, RetrievalFile, read_retrieval_file
from experiments.retrieval_scores import mean_score, score_retrieval
from tool_bank.encoder import Encoder, MiniLMEncoder, RememberingEncoder
from tool_bank.exact_index import ExactIndex
from tool_bank.lexical_index import LexicalIndex
from tool_bank.ranking import Entry, Ranking
from tool_bank.search_text import SearchText

RANKED = 50  # tools of each query in the run
FOLDS = 5
LATENCY_QUERIES = 200
FUSION_K = 60  # of reciprocal rank fusion, as in its paper (Cormack, Clarke and Buettcher, 2009)

Rank = Callable[[Query], list[str]]


class Bench:
    """Rankings of one file's tools, each text encoded once."""

    def __init__(self, file: RetrievalFile, encoder: Encoder) -> None:
        self._file = file
        self._encoder = encoder

    def plain(self) -> Rank:
        """Returns the ranking by MiniLM over "name: description"."""
        texts = [f"{tool.name}: {tool.description}" for tool in self._file.tools.values()]
        index = ExactIndex()
        index.put(dict(zip(self._file.tools, self._encoder.encode(texts), strict=True)))
        return lambda query: index.nearest(self._encoder.encode([query.text])[0], len(texts))

    def lexical(self) -> Rank:
        """Returns the ranking by BM25 over name, description and parameters."""
        index = LexicalIndex()
        for tool_id, tool in self._file.tools.items():
            index.add(tool_id, tool.words())
        return lambda query: index.scores(query.text).best(len(self._file.tools))

    def ours(self, examples: Mapping[str, Sequence[str]] | None = None) -> Rank:
        """Returns the bank's own ranking, of tools with these example queries."""
        ranking = Ranking(ExactIndex())
        ranking.put({tool_id: self._entry(text) for tool_id, text in self._texts(examples or {})})
        return lambda query: [
            hit.document for hit in ranking.rank(query.text, self._encoder.encode([query.text])[0], RANKED)
        ]

    def with_examples(self, count: int) -> Rank:
        """Returns the bank's own ranking where tools have examples, none of them the query that is asked."""
        folds = {query.query_id: n % FOLDS for n, query in enumerate(self._shuffled())}
        ranks = [self.ours(self._examples(count, folds, fold)) for fold in range(FOLDS)]
        return lambda query: ranks[folds[query.query_id]](query)

    def _shuffled(self) -> list[Query]:
        order = np.random.default_rng(0).permutation(len(self._file.queries))
        return [self._file.queries[n] for n in order]

    def _examples(self, count: int, folds: Mapping[str, int], left_out: int) -> dict[str, list[str]]:
        asked = {query.text for query in self._file.queries if folds[query.query_id] == left_out}
        found: dict[str, list[str]] = {}
        for query in self._shuffled():
            if len(query.gold) == 1 and query.text not in asked:
                found.setdefault(next(iter(query.gold)), []).append(query.text)
        return {tool_id: texts[:count] for tool_id, texts in found.items()}

    def _texts(self, examples: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, SearchText]]:
        for tool_id, text in self._file.tools.items():
            yield tool_id, replace(text, queries=tuple(examples.get(tool_id, ())))

    def _entry(self, text: SearchText) -> Entry:
        return Entry(text.words(), text.vector(self._encoder))


def reciprocal_rank_fusion(*ranks: Rank) -> Rank:
    """Returns the ranking by the sum of 1 / (60 + place) over some rankings."""

    def rank(query: Query) -> list[str]:
        scores: dict[str, float] = {}
        for one in ranks:
            for place, tool_id in enumerate(one(query), start=1):
                scores[tool_id] = scores.get(tool_id, 0.0) + 1 / (FUSION_K + place)
        return sorted(scores, key=lambda tool_id: -scores[tool_id])

    return rank


def main() -> None:
    """Measures one file, or banks of made-up tools."""
    wanted = _arguments()
    for line in scale_lines(wanted.scale):
        print(line, flush=True)
    if wanted.file is None:
        return
    file = read_retrieval_file(wanted.file)
    encoder = MiniLMEncoder()
    bench = Bench(file, RememberingEncoder(encoder, kept=None))
    best = _print_scores(bench, file.queries, wanted.examples)
    if wanted.run:
        runs = ({"id": query.query_id, "ranked": best(query)} for query in file.queries)
        wanted.run.write_text("".join(f"{json.dumps(run)}\n" for run in runs), encoding="utf-8")
    print(_latency(bench, file.queries, encoder))


def _print_scores(bench: Bench, queries: Sequence[Query], examples: int) -> Rank:
    """Prints the scores of all rankings and returns the bank's own."""
    plain, lexical, ours = bench.plain(), bench.lexical(), bench.ours()
    ranks = {
        "MiniLM": plain,
        "BM25": lexical,
        "reciprocal rank fusion": reciprocal_rank_fusion(plain, lexical),
        "the bank": ours,
    }
    if examples:
        ranks[f"the bank, {examples} example queries at most"] = ours = bench.with_examples(examples)
    print(f"R@1/R@5/nDCG@5 of {len(queries):,} queries")
    for name, rank in ranks.items():
        scores = mean_score([score_retrieval(rank(query), query.gold) for query in queries])
        print(f"{name:40} {scores}", flush=True)
    return ours


def _latency(bench: Bench, queries: Iterable[Query], encoder: Encoder) -> str:
    """Returns what a query costs, in words; the bench's encoder knows the queries by now."""
    asked = list(queries)[:LATENCY_QUERIES]
    encoding = median(_seconds(lambda query: encoder.encode([query.text]), asked))
    ranking = median(_seconds(bench.ours(), asked))
    return f"p50 of a query: {encoding * 1000:.1f} ms encoder, {ranking * 1000:.2f} ms beyond it"


def _seconds(act: Callable[[Query], object], queries: Iterable[Query]) -> Iterator[float]:
    for query in queries:
        began = time.perf_counter()
        act(query)
        yield time.perf_counter() - began


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE.jsonl")
    parser.add_argument("--run", type=Path, metavar="OUT.jsonl")
    parser.add_argument(
        "--examples", type=int, default=0, metavar="N", help="example queries of a tool, at most"
    )
    parser.add_argument(
        "--scale", type=int, nargs="*", default=(), metavar="TOOLS", help="sizes of made-up banks"
    )
    wanted = parser.parse_args()
    if wanted.file is None and not wanted.scale:
        parser.error("expected a file of tools and queries, or --scale")
    if wanted.file is not None and not wanted.file.is_file():
        parser.error(f"{wanted.file}: expected a file of tools and queries, found none")
    return wanted


if __name__ == "__main__":
    main()
