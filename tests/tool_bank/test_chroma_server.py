"""A bank whose vectors are asked of a Chroma server on this machine."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np
import pytest

from tests.tool_bank.examples import DURATION, PACK, SLUG
from tool_bank import ToolBank
from tool_bank.chroma_server import ServedIndex
from tool_bank.exact_index import IndexUnusable
from tool_bank.scripted import ScriptedEncoder

MODEL = "model/1"
X, Y, Z = np.eye(384, dtype=np.float32)[:3]
VECTORS = {"x": X, "xy": (X + Y) / 2, "z": Z}
START_SECONDS = 60.0


def start(directory: Path, port: int) -> subprocess.Popen[bytes]:
    """Returns a server that answers."""
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(directory)]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=directory,
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/api/v2/heartbeat", timeout=1.0):
                return process
        except (URLError, OSError):
            time.sleep(0.1)
    process.kill()
    process.wait()
    pytest.fail("chroma run did not answer")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    process = start(tmp_path_factory.mktemp("server"), port)
    yield f"http://127.0.0.1:{port}"
    process.kill()
    process.wait(10)


def test_one_writes_and_the_others_read_what_they_know(address: str, tmp_path: Path) -> None:
    with closing(ServedIndex(address, tmp_path, MODEL)) as writer:
        writer.put(VECTORS)
        with closing(ServedIndex(address, tmp_path, MODEL)) as reader:
            assert (writer.role, reader.role) == ("writer", "reader")
            assert reader.ids() == writer.ids() == set(VECTORS)
            assert reader.nearest(X, 2) == writer.nearest(X, 2) == ["x", "xy"]
            reader.put({"x": Z * 3, "new": Y})  # it follows the record faster than the writer does
            reader.remove(["z", "never there"])
            assert reader.nearest(Z, 5)[0] == "x"
            assert reader.nearest(Y, 1) == ["new"]
            assert reader.ids() == {"x", "xy", "new"}
            assert set(reader.nearest(Z, 9)) == {"x", "xy", "new"}
            assert writer.nearest(Z, 1) == ["z"]
            assert writer.ids() == set(VECTORS)


def test_what_was_written_is_there_for_the_next_and_can_be_changed(address: str, tmp_path: Path) -> None:
    with closing(ServedIndex(address, tmp_path, MODEL)) as first:
        first.put(VECTORS)
    with closing(ServedIndex(address, tmp_path, MODEL)) as again:
        assert again.role == "writer"
        assert again.ids() == set(VECTORS)
        again.remove(["x"])
        again.put({"z": X * 2})
        assert again.nearest(X, 2) == ["z", "xy"]
    with closing(ServedIndex(address, tmp_path, MODEL)) as third:
        assert third.ids() == {"xy", "z"}


def test_banks_and_models_on_one_server_do_not_meet(address: str, tmp_path: Path) -> None:
    with closing(ServedIndex(address, tmp_path / "a", MODEL)) as first:
        first.put(VECTORS)
        with closing(ServedIndex(address, tmp_path / "b", MODEL)) as other:
            assert other.ids() == set()
    with closing(ServedIndex(address, tmp_path / "a", "model/2")) as other:
        assert other.ids() == set()


def test_a_bank_is_searched_by_the_server(address: str, tmp_path: Path) -> None:
    encoder = ScriptedEncoder()
    with ToolBank.open(tmp_path, encoder=encoder, index=address) as bank:
        bank.add_many([DURATION, SLUG, PACK])
        assert bank.search(PACK.description, 1)[0].tool == PACK
        with ToolBank.open(tmp_path, encoder=encoder, index=address) as reader:
            assert reader.search(SLUG.description, 1)[0].tool == SLUG
            assert (bank.index_role, reader.index_role) == ("writer", "reader")
            bank.retire("make_slug", "not wanted")
            assert SLUG not in [match.tool for match in reader.search(SLUG.description)]


def test_a_server_that_is_gone_leaves_exact_search(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    process = start(tmp_path_factory.mktemp("server"), port)
    address = f"http://127.0.0.1:{port}"
    with ToolBank.open(tmp_path, encoder=ScriptedEncoder(), index=address) as bank:
        bank.add_many([DURATION, SLUG, PACK])
        assert bank.search(PACK.description, 1)[0].tool == PACK
        process.kill()
        process.wait(10)
        bank.add(DURATION.model_copy(update={"status": "retired"}))
        assert bank.search(SLUG.description, 1)[0].tool == SLUG
    with ToolBank.open(tmp_path, encoder=ScriptedEncoder(), index=address) as bank:
        assert bank.search(PACK.description, 1)[0].tool == PACK
        assert bank.index_role.startswith("exact: chroma: URLError")
    assert "searching exactly, without the index: chroma: " in caplog.text


def test_a_server_that_never_answers_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tool_bank.chroma_server.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(IndexUnusable, match="timed out"):
            ServedIndex(address, tmp_path, MODEL)


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1:8000", "http://", "ftp://a:1", "http://a", "http://a:b", "http://a:1/x"]
)
def test_what_is_no_address_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match="expected the address of a Chroma server, as 'http://127.0.0.1:8000'"
    ):
        ToolBank.open(tmp_path, index=address)
