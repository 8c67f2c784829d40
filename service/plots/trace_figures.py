"""Plots of exchanges with models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from language_models.trace_reader import Figures

MOST_BARS = 30


def tokens_by_purpose(sums: Mapping[tuple[str, str], Figures]) -> dict[str, Any]:
    """Returns bars of the tokens read and written, by purpose and backend; those with most tokens last."""
    rows = sorted(sums.items(), key=lambda row: row[1].prompt_tokens + row[1].completion_tokens)[-MOST_BARS:]
    names = [f"{_plain(purpose)} · {_plain(backend)}" for (purpose, backend), _ in rows]

    def bars(name: str, values: list[int]) -> dict[str, Any]:
        return {"type": "bar", "orientation": "h", "name": name, "x": values, "y": names}

    return {
        "data": [
            bars("read", [one.prompt_tokens for _, one in rows]),
            bars("written", [one.completion_tokens for _, one in rows]),
        ],
        "layout": {
            "barmode": "stack",
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
            "height": 140 + 34 * len(rows),
            "xaxis": {"title": {"text": "tokens"}},
            "yaxis": {"type": "category", "title": {"text": ""}},
        },
    }


def _plain(text: str) -> str:
    """Returns a text without what plotly would read as markup."""
    return text.replace("<", "(").replace(">", ")").replace("&", "+")[:60]
