"""Follows samples while they are drawn: where each ends, and how much of it is certain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from language_models.backend import Completion
from language_models.stop_texts import certain_part, cut_at_stop


@dataclass
class Row:
    """One sample as it grows."""

    tokens: int = 0
    text: str = ""
    is_ended: bool = False


@dataclass
class Watch:
    """Follows the samples of one batch, and ends each at its stop text, and all when time is up.

    transformers calls it after every token; it answers which samples are over.
    """

    prompt_tokens: int
    rows: list[Row]
    decode: Callable[[Any], str]
    ends: frozenset[int]
    stop: tuple[str, ...]
    deadline: float
    on_text: Callable[[str], None] = lambda _text: None
    is_cancelled: threading.Event = field(default_factory=threading.Event)
    is_late: bool = False

    def __call__(self, tokens: Any, scores: Any, **_: Any) -> Any:  # noqa: ANN401 - tensors
        for row, drawn in zip(self.rows, tokens[:, self.prompt_tokens :].tolist(), strict=True):
            if not row.is_ended:
                self._grow(row, drawn)
        self.is_late = time.monotonic() > self.deadline
        if self.is_late or self.is_cancelled.is_set():
            return tokens.new_ones(len(self.rows)).bool()
        return tokens.new_tensor([row.is_ended for row in self.rows]).bool()

    def _grow(self, row: Row, drawn: list[int]) -> None:
        row.tokens = len(drawn)
        row.text, is_stopped = cut_at_stop(self.decode(drawn), self.stop)
        row.is_ended = is_stopped or drawn[-1] in self.ends
        self.on_text(row.text if row.is_ended else certain_part(row.text, self.stop))

    def completions(self) -> tuple[Completion, ...]:
        """Returns the samples."""
        return tuple(Completion(row.text, "stop" if row.is_ended else "length") for row in self.rows)
