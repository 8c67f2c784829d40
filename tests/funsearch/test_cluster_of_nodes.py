"""A run on a cluster of two nodes, one of which is killed in mid-run: slower, and nothing lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from funsearch.journal import FILE_NAME, Journal

from .conftest import World

pytestmark = [pytest.mark.slow, pytest.mark.docker]
EVALUATIONS = 300
PATIENCE_SECONDS = 120.0
ENVIRONMENT = os.environ | {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": "a" * 64,
}


class Node:
    """A node of a Ray cluster on this machine, in a process group of its own, with room for one evaluator."""

    def __init__(self, folder: Path, *options: str) -> None:
        ray = Path(sys.executable).with_name("ray")
        self.log = folder / "node.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [ray, "start", "--block", "--num-cpus=1", f"--object-store-memory={100 << 20}", *options],
                env=ENVIRONMENT,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


@pytest.fixture
def port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def cluster(tmp_path: Path, port: int) -> Iterator[tuple[str, Node]]:
    """The address of a cluster of two nodes, and the one that may be killed."""
    address = f"127.0.0.1:{port}"
    (tmp_path / "head").mkdir()
    (tmp_path / "second").mkdir()
    head = Node(
        tmp_path / "head",
        "--head",
        "--node-ip-address=127.0.0.1",
        f"--port={port}",
        "--include-dashboard=false",
    )
    second = None
    try:
        wait_for_port(port, head)
        second = Node(tmp_path / "second", f"--address={address}", "--node-ip-address=127.0.0.1")
        yield address, second
    finally:
        if second is not None:
            second.kill()
        head.kill()


def wait_for_port(port: int, node: Node) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1.0)):
            return
        time.sleep(0.2)
    pytest.fail(f"no cluster came up:\n{node.log.read_text()}")


def start_run(directory: Path, *options: str) -> subprocess.Popen[bytes]:
    """Starts a run as a user would, from the command line."""
    command = [sys.executable, "-m", "service", "evolve", "bin_packing_or", "--samplers", "mutation"]
    limits = ["--sandbox", "docker", "--evaluators", "2", "--evaluations", str(EVALUATIONS)]
    places = ["--directory", str(directory), "--bank", str(directory.with_name("bank")), "--json"]
    return subprocess.Popen(
        [*command, *limits, *places, *options], env=ENVIRONMENT, stdout=subprocess.DEVNULL
    )


def wait_for_evaluations(directory: Path, count: int, run: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and run.poll() is None:
        if (directory / FILE_NAME).exists():
            journal = Journal(directory)
            _, evaluations = journal.counts()
            journal.close()
            if evaluations >= count:
                return
        time.sleep(0.2)
    pytest.fail(f"expected {count} evaluations in mid-run, found an end after {run.poll()}")


def test_a_run_outlives_the_death_of_one_of_two_nodes(
    world: World, cluster: tuple[str, Node], tmp_path: Path, docker_engine: object
) -> None:
    address, node = cluster
    run = start_run(tmp_path / "clustered", "--address", address)
    try:
        wait_for_evaluations(tmp_path / "clustered", EVALUATIONS // 4, run)
        node.kill()
        assert run.wait(PATIENCE_SECONDS) == 0
    finally:
        run.kill()
    assert start_run(tmp_path / "alone").wait(PATIENCE_SECONDS) == 0
    clustered, alone = (
        World(world.specification, tmp_path / name).story() for name in ("clustered", "alone")
    )
    assert sum(score is not None for *_, score in clustered) > 0.5 * EVALUATIONS
    assert clustered == alone
