"""Fits and measures the probability that a bank has a tool for a request at all (tool_bank/coverage.py).

    python -m experiments.fit_coverage METATOOL.jsonl BFCL.jsonl

Each query is asked of the whole bank, which has a tool for it, and of the bank without the right tools, which
has none. Prints the weights fitted to all files together, each of equal weight; and for each file the AUROC,
the error at 0.5 and the calibration error, with the weights in use and with those fitted to the other files.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.ranking_score import score_ranking
from experiments.retrieval_file import read_retrieval_file
from tool_bank.coverage import HITS, INTERCEPT, LEAD, NEARNESS, SHARE, figures
from tool_bank.encoder import MiniLMEncoder, RememberingEncoder
from tool_bank.exact_index import ExactIndex
from tool_bank.ranking import Entry, Ranking

STEPS = 30  # of Newton's method
BINS = 10

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Figures [n, 4] (the first is 1.0), whether the bank had a tool [n], and what each row counts."""

    rows: Numbers
    has_tool: Numbers
    weight: float


def read_sample(path: Path) -> Sample:
    """Returns the figures of a file's queries, each asked twice."""
    file, encoder = read_retrieval_file(path), RememberingEncoder(MiniLMEncoder(), kept=None)
    entries = {tool_id: Entry(text.words(), text.vector(encoder)) for tool_id, text in file.tools.items()}
    ranking = Ranking(ExactIndex())
    ranking.put(entries)
    rows, has_tool = [], []
    for query in file.queries:
        vector = encoder.encode([query.text])[0]
        rows.append(_row(ranking, query.text, vector))
        ranking.remove(query.gold)
        rows.append(_row(ranking, query.text, vector))
        ranking.put({tool_id: entries[tool_id] for tool_id in query.gold})
        has_tool += [1.0, 0.0]
    return Sample(np.array(rows), np.array(has_tool), 1 / len(rows))


def _row(ranking: Ranking, query: str, vector: NDArray[np.float32]) -> list[float]:
    found = figures(ranking.rank(query, vector, HITS))
    return [1.0, found.nearness, found.share, found.lead]


def fit(samples: Mapping[str, Sample]) -> Numbers:
    """Returns the weights of greatest likelihood, float [4]."""
    rows = np.concatenate([sample.rows for sample in samples.values()])
    has_tool = np.concatenate([sample.has_tool for sample in samples.values()])
    counts = np.concatenate([np.full(len(sample.rows), sample.weight) for sample in samples.values()])
    weights: Numbers = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = _chance(rows, weights)
        slope = rows.T @ (counts * (has_tool - chance))
        curve = (rows.T * (counts * chance * (1 - chance))) @ rows
        weights = weights + np.linalg.solve(curve, slope)
    return weights


def _chance(rows: Numbers, weights: Numbers) -> Numbers:
    chance: Numbers = 1 / (1 + np.exp(-rows @ weights))
    return chance


def told(sample: Sample, weights: Numbers) -> str:
    """Returns how well weights tell the two kinds of a file's queries apart, in words."""
    chance, has_tool = _chance(sample.rows, weights), sample.has_tool
    order = np.argsort(-chance, kind="stable")
    auroc = score_ranking(list(chance[order]), [bool(has_tool[n]) for n in order]).auc
    guess = chance > 0.5
    bins = np.minimum((chance * BINS).astype(int), BINS - 1)
    parts = [bins == n for n in range(BINS) if (bins == n).any()]
    off = sum(part.mean() * abs(chance[part].mean() - has_tool[part].mean()) for part in parts)
    return (
        f"AUROC {auroc:.3f}, error at 0.5 {(guess != has_tool).mean():.3f} "
        f"(missed {(~guess & (has_tool == 1)).sum() / has_tool.sum():.3f}, "
        f"imagined {(guess & (has_tool == 0)).sum() / (1 - has_tool).sum():.3f}), calibration error {off:.3f}"
    )


def main(paths: list[str]) -> None:
    """Fits to the files named and prints."""
    samples = {path: read_sample(Path(path)) for path in paths}
    print("fitted:", *np.round(fit(samples), 2))
    for path, sample in samples.items():
        print(f"{path}, weights in use: {told(sample, np.array([INTERCEPT, NEARNESS, SHARE, LEAD]))}")
        others = {other: samples[other] for other in paths if other != path}
        if others:
            print(f"{path}, weights of the others: {told(sample, fit(others))}")


if __name__ == "__main__":
    main(sys.argv[1:])
