"""Nothing outlives its owner: neither a container nor a process, however the owner ends."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from experiments.soak_sandbox import OWNER
from sandbox import Sandbox
from sandbox.layout import plan_layout
from sandbox.owner import is_dead, own_mark


def wait_until(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Returns whether the condition came true in time."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        pause.wait(0.02)
    return True


def descendants(pid: int) -> set[int]:
    """Returns every process that descends from `pid`."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{pid}/children") as file:
        children = {int(child) for child in file.read().split()}
        return children.union(*map(descendants, children))
    return set()


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextlib.contextmanager
def owner(backend: str, state: str) -> Iterator[subprocess.Popen[str]]:
    """A process that owns a sandbox, idle or in the middle of a call."""
    command = [sys.executable, "-c", OWNER, backend, state]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def engine(docker_box: Sandbox):
    from sandbox.container import Engine

    engine = Engine(plan_layout(("numpy",)))
    yield engine
    engine.close()


def containers_of(engine, pid: int) -> list[str]:
    from sandbox.container import OWNER_LABEL

    found = engine._client.containers(all=True, filters={"label": OWNER_LABEL})
    return [item["Id"] for item in found if f"/{pid}/" in item["Labels"][OWNER_LABEL]]


@pytest.mark.docker
@pytest.mark.parametrize("state", ["idle", "calling"])
def test_a_container_ends_when_its_owner_is_killed(engine, state):
    with owner("docker", state) as process:
        assert len(containers_of(engine, process.pid)) == 1
        process.send_signal(signal.SIGKILL)
        assert wait_until(lambda: not containers_of(engine, process.pid))


@pytest.mark.bubblewrap
@pytest.mark.parametrize("state", ["idle", "calling"])
def test_every_process_ends_when_its_owner_is_killed(bubblewrap_box: Sandbox, state):
    with owner("bubblewrap", state) as process:
        wait_until(lambda: len(descendants(process.pid)) >= (3 if state == "calling" else 2), 5)
        born = descendants(process.pid)
        assert len(born) >= 2
        process.send_signal(signal.SIGKILL)
        assert wait_until(lambda: not any(map(is_running, born)))


@pytest.mark.docker
def test_a_container_that_a_dead_owner_never_started_is_swept_away(engine):
    from sandbox.container import OWNER_LABEL

    program = "from sandbox.owner import own_mark; print(own_mark())"
    dead = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60).stdout
    configuration = engine._configuration(None)
    created = {}
    for name, mark in {"orphan": dead.strip(), "owned": own_mark()}.items():
        configuration["Labels"] = {OWNER_LABEL: mark}
        created[name] = engine._client.create_container_from_config(configuration)["Id"]
    try:
        swept = engine.sweep()
        assert created["orphan"] in swept
        assert created["owned"] not in swept
    finally:
        engine._remove(created["owned"])


@pytest.mark.docker
def test_a_container_lost_while_idle_is_replaced(engine):
    from sandbox.warm import WarmSandbox

    others = containers_of(engine, os.getpid())
    with WarmSandbox("docker", engine.start) as box:
        (own,) = set(containers_of(engine, os.getpid())).difference(others)
        engine._client.kill(own)
        assert box.call("def f():\n    return 1\n", "f", [[]]).results[0].value == 1
    assert wait_until(lambda: set(containers_of(engine, os.getpid())) == set(others))


def test_a_mark_tells_the_living_from_the_dead():
    mark = own_mark()
    assert not is_dead(mark)
    place, pid, started = mark.split("/")
    assert is_dead(f"{place}/{pid}/{int(started) + 1}")  # the pid is in use again, by another process
    assert not is_dead(f"another-boot/{pid}/1")  # cannot be known from here
    assert not is_dead("")
