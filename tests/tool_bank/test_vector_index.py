"""What every vector index keeps, and how Chroma's survives its files."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tool_bank.chroma_index import ChromaIndex
from tool_bank.exact_index import ExactIndex, IndexUnusable, Vector, VectorIndex
from tool_bank.generations import FILES, Generations

MODEL = "model/1"
X, Y, Z = np.eye(384, dtype=np.float32)[:3]
VECTORS: dict[str, Vector] = {"x": X, "xy": (X + Y) / 2, "z": Z}


@pytest.fixture(params=["exact", "chroma"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    made: VectorIndex = ExactIndex() if request.param == "exact" else ChromaIndex(tmp_path, MODEL)
    yield made
    made.close()


def test_the_greatest_inner_product_comes_first(index: VectorIndex) -> None:
    index.put(VECTORS)
    assert index.nearest(X, 2) == ["x", "xy"]
    assert index.nearest(Y, 1) == ["xy"]
    assert set(index.nearest(Z, 10)) == {"x", "xy", "z"}


def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    assert index.nearest(X, 3) == []
    index.put({})
    assert index.ids() == set()


def test_a_vector_put_again_takes_the_place_of_the_first(index: VectorIndex) -> None:
    index.put(VECTORS)
    index.put({"x": Z * 2})
    assert index.ids() == {"x", "xy", "z"}
    assert index.nearest(Z, 1) == ["x"]


def test_a_removed_vector_is_not_found(index: VectorIndex) -> None:
    index.put(VECTORS)
    index.remove(["x", "never there"])
    assert index.ids() == {"xy", "z"}
    assert index.nearest(X, 1) == ["xy"]


def test_a_closed_index_is_opened_again_with_what_it_held(tmp_path: Path) -> None:
    first = ChromaIndex(tmp_path, MODEL)
    first.put(VECTORS)
    first.close()
    again = ChromaIndex(tmp_path, MODEL)
    assert again.ids() == set(VECTORS)
    assert again.nearest(X, 1) == ["x"]
    again.close()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["000001"]


def damage(path: Path, how: str) -> None:
    if how == "delete":
        path.unlink()
    elif how == "truncate":
        path.write_bytes(b"")
    elif how == "flip":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    else:
        (path.parent / "foreign").write_text("hello")


@pytest.mark.parametrize("how", ["delete", "truncate", "flip", "add"])
def test_an_index_whose_files_were_touched_begins_anew(tmp_path: Path, how: str) -> None:
    first = ChromaIndex(tmp_path, MODEL)
    first.put(VECTORS)
    first.close()
    damage(tmp_path / "000001" / "chroma" / "chroma.sqlite3", how)
    again = ChromaIndex(tmp_path, MODEL)
    assert again.ids() == set()
    again.put(VECTORS)
    again.close()
    third = ChromaIndex(tmp_path, MODEL)
    assert third.ids() == set(VECTORS)
    third.close()
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["000002"]


@pytest.mark.parametrize("content", ["", "000009", "../elsewhere", "\x00"])
def test_a_current_that_names_nothing_sealed_begins_anew(tmp_path: Path, content: str) -> None:
    ChromaIndex(tmp_path, MODEL).close()
    (tmp_path / "CURRENT").write_text(content)
    again = ChromaIndex(tmp_path, MODEL)
    assert again.ids() == set()
    again.close()


def test_vectors_of_another_model_are_not_taken_for_ours(tmp_path: Path) -> None:
    first = ChromaIndex(tmp_path, MODEL)
    first.put(VECTORS)
    first.close()
    other = ChromaIndex(tmp_path, "model/2")
    assert other.ids() == set()
    other.close()


def test_a_killed_process_leaves_an_index_that_begins_anew(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.tool_bank.test_vector_index import MODEL, VECTORS\n"
        "from tool_bank.chroma_index import ChromaIndex\n"
        "ChromaIndex(Path(sys.argv[1]), MODEL).put(VECTORS); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=60).returncode == -9
    assert (tmp_path / "000001" / "chroma" / "chroma.sqlite3").exists()
    again = ChromaIndex(tmp_path, MODEL)
    assert again.ids() == set()
    again.close()


def test_a_kill_after_the_last_change_loses_no_generation(tmp_path: Path) -> None:
    first = ChromaIndex(tmp_path, MODEL)
    first.put(VECTORS)
    first.close()
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.tool_bank.test_vector_index import MODEL, VECTORS, X\n"
        "from tool_bank.chroma_index import ChromaIndex\n"
        "index = ChromaIndex(Path(sys.argv[1]), MODEL)\n"
        "index.put(VECTORS); assert index.nearest(X, 1) == ['x']; os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=60).returncode == -9
    again = ChromaIndex(tmp_path, MODEL)
    assert again.ids() == set(VECTORS)
    again.close()


@pytest.mark.parametrize("file", ["index_metadata.pickle", "data_level0.bin", "chroma.sqlite3"])
def test_files_that_were_damaged_before_they_were_sealed_are_found_out(tmp_path: Path, file: str) -> None:
    rng = np.random.default_rng(0)
    many = {str(row): vector for row, vector in enumerate(rng.normal(size=(1100, 384)).astype(np.float32))}
    first = ChromaIndex(tmp_path, MODEL)
    first.put(many)  # more than the 1,000 after which Chroma writes its graph
    first.close()
    generations = Generations(tmp_path)
    found = generations.sealed()
    assert found is not None
    generation, seal = found
    (damaged,) = (generation / FILES).rglob(file)
    damaged.write_bytes(b"")
    generations.seal(generation, seal)
    generations.close()
    again = ChromaIndex(tmp_path, MODEL)
    assert again.ids() == set()
    again.put(many)
    again.close()
    third = ChromaIndex(tmp_path, MODEL)
    assert third.ids() == set(many)
    third.close()


def test_a_large_sound_index_is_opened_again_though_it_misses_some_of_its_vectors(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    close = (rng.normal(size=384) + rng.normal(size=(1500, 384))).astype(np.float32)
    many = {str(row): vector / np.float32(30) for row, vector in enumerate(close)}
    first = ChromaIndex(tmp_path, MODEL)
    first.put(many)
    misses = sum(first.nearest(many[str(row)], 1) != [str(row)] for row in range(100))
    first.close()
    again = ChromaIndex(tmp_path, MODEL)
    assert misses > 0  # a probe that allowed none would build this index anew at every opening
    assert again.ids() == set(many)
    again.close()


def test_an_index_that_failed_is_not_sealed(tmp_path: Path) -> None:
    first = ChromaIndex(tmp_path, MODEL)
    first.put(VECTORS)
    with pytest.raises(IndexUnusable):
        first.put({"short": X[:3]})
    first.close()
    again = ChromaIndex(tmp_path, MODEL)
    assert again.ids() == set()
    again.close()


def test_a_second_user_of_the_index_is_told_so(tmp_path: Path) -> None:
    first = ChromaIndex(tmp_path, MODEL)
    with pytest.raises(IndexUnusable, match="another process holds the index"):
        ChromaIndex(tmp_path, MODEL)
    first.close()
    ChromaIndex(tmp_path, MODEL).close()


def test_whatever_chroma_raises_is_an_unusable_index(tmp_path: Path) -> None:
    index = ChromaIndex(tmp_path, MODEL)
    index.put(VECTORS)
    with pytest.raises(IndexUnusable, match="chroma: "):
        index.nearest(np.ones(3, np.float32), 1)
    index.close()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(IndexUnusable, match="chroma: "):
        ChromaIndex(tmp_path / "file", MODEL)
