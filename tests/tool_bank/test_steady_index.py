"""An index that goes on, whatever happens to the one behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest

from tool_bank.exact_index import ExactIndex, IndexHeld, IndexUnusable, Vector
from tool_bank.steady_index import SteadyIndex

X, Y, Z = np.eye(384, dtype=np.float32)[:3]
VECTORS = {"x": X, "y": Y, "z": Z}


class FailingIndex(ExactIndex):
    """An exact index that fails after some calls."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self.calls = calls

    def put(self, vectors: Mapping[str, Vector]) -> None:
        self._count()
        super().put(vectors)

    def remove(self, ids: Iterable[str]) -> None:
        self._count()
        super().remove(ids)

    def nearest(self, query: Vector, k: int) -> list[str]:
        self._count()
        return super().nearest(query, k)

    def close(self) -> None:
        self._count()

    def _count(self) -> None:
        self.calls -= 1
        if self.calls < 0:
            raise IndexUnusable("the disk is gone")


def wanted(ids: Iterable[str]) -> dict[str, Vector]:
    return {name: VECTORS[name] for name in ids}


@pytest.mark.parametrize("calls", [0, 1, 2, 3])
def test_a_failure_in_service_is_made_good_and_said(calls: int, caplog: pytest.LogCaptureFixture) -> None:
    index = SteadyIndex(lambda: FailingIndex(calls), wanted)
    index.put(VECTORS)
    index.remove(["y", "never there"])
    assert index.ids() == {"x", "z"}
    assert index.nearest(Z, 5)[0] == "z"
    assert set(index.nearest(Z, 5)) == {"x", "z"}
    assert "searching exactly, without the index: the disk is gone" in caplog.text
    index.close()


def test_an_index_that_works_answers_itself() -> None:
    behind = ExactIndex()
    index = SteadyIndex(lambda: behind, wanted)
    index.put(VECTORS)
    assert behind.ids() == index.ids() == {"x", "y", "z"}


def held() -> ExactIndex:
    raise IndexHeld("another process holds the index")


def test_where_another_process_holds_the_index_this_one_reads(caplog: pytest.LogCaptureFixture) -> None:
    index = SteadyIndex(held, wanted)
    index.put(VECTORS)
    assert index.nearest(Y, 1) == ["y"]
    assert not caplog.text
