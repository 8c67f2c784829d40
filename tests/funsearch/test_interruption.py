"""The sandbox's machinery dies under a whole run: what was scored stays, and the run can be resumed.

Real workers in real sandboxes; the archive must come out as if nothing had happened.
"""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import funsearch
from funsearch.config import RunConfig
from funsearch.exceptions import WorkersLost
from funsearch.workers import EvaluationJob
from sandbox import SandboxUnavailable
from tests.spare_engine import SpareEngine, running_spare_engine

from .conftest import World

pytestmark = pytest.mark.slow
EVALUATIONS = 120
TROUBLE_AT = 40
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def spare_engine(docker_engine) -> Iterator[SpareEngine]:
    with running_spare_engine() as engine:
        yield engine


@pytest.fixture
def engine(spare_engine, monkeypatch) -> SpareEngine:
    monkeypatch.setenv("DOCKER_HOST", spare_engine.address)
    spare_engine.start()
    return spare_engine


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, docker_engine) -> list:
    """What becomes of the run when nothing happens."""
    directory = tmp_path_factory.mktemp("undisturbed") / "run"
    evolve(directory)
    return story(directory)


class Trouble:
    """Watches a run, and makes its trouble once, in the middle."""

    def __init__(self, make: Callable[[], None]) -> None:
        self._make = make
        self.made = False

    def on_start(self, task, facts):
        pass

    def on_progress(self, progress):
        if progress.evaluations >= TROUBLE_AT and not self.made:
            self.made = True
            self._make()


def evolve(directory: Path, sandbox: str = "docker", **settings) -> None:
    settings = {"seed": 3, "budget": funsearch.Budget(evaluations=EVALUATIONS), "evaluators": 2, **settings}
    places = {"directory": directory, "bank": directory.parent / "bank"}
    funsearch.evolve("bin_packing_or", samplers=("mutation",), sandbox=sandbox, **places, **settings)


def story(directory: Path) -> list:
    return World(None, directory).story()


def kill_all(pids: list[int]) -> None:
    assert pids  # else the test would prove nothing
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def own_supervisors() -> list[int]:
    """Returns the sandbox's processes among the descendants of this process."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found = []
    for pid in parents:
        ancestor = pid
        while ancestor in parents and ancestor != os.getpid():
            ancestor = parents[ancestor]
        with suppress(OSError):
            if ancestor == os.getpid() and b"sandbox.supervisor" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def lose(engine: SpareEngine, how: str) -> None:
    """Ends the engine; where its containers would outlive it, they are killed too, as on a full machine."""
    supervisors = engine.supervisors()
    getattr(engine, how)()
    if how != "stop":
        kill_all(supervisors)


@pytest.mark.docker
@pytest.mark.parametrize("how", ["stop", "kill", "freeze"])
def test_a_run_whose_engine_is_lost_says_so_and_is_resumed_as_if_nothing_had_happened(
    how, engine, undisturbed, tmp_path
):
    directory = tmp_path / "run"
    told = rf"{engine.address}.*check that its engine is up.*`funsearch resume {directory}`"
    with pytest.raises(WorkersLost, match=told) as caught:
        evolve(directory, observer=Trouble(lambda: lose(engine, how)))
    assert "Traceback" not in str(caught.value)
    before = story(directory)
    assert TROUBLE_AT // 2 < len(before) < len(undisturbed)
    assert before == undisturbed[: len(before)]

    with pytest.raises(SandboxUnavailable, match=f"no engine answers.*{engine.address}"):
        funsearch.resume(directory)
    assert story(directory) == before

    engine.start()
    assert funsearch.resume(directory, bank=tmp_path / "bank").progress.evaluations == EVALUATIONS
    assert story(directory) == undisturbed


@pytest.mark.docker
def test_supervisors_killed_while_the_engine_is_up_are_replaced_and_the_run_goes_on(
    engine, undisturbed, tmp_path
):
    trouble = Trouble(lambda: kill_all(engine.supervisors()))
    evolve(tmp_path / "run", observer=trouble)
    assert trouble.made
    assert story(tmp_path / "run") == undisturbed


@pytest.mark.docker
def test_a_worker_that_dies_when_the_engine_is_gone_is_told_by_one_line(engine):
    import ray

    from funsearch.parallel import RayWorkers

    workers = RayWorkers(RunConfig("bin_packing_or", samplers=("mutation",), sandbox="docker", evaluators=1))
    try:
        victim = ray.get(workers._slots["evaluators"][0].actor.process_id.remote())
        workers.submit(EvaluationJob("mutation", 0, (1,), ("def priority(item, bins):\n    return bins\n",)))
        engine.kill()
        kill_all([victim])
        with pytest.raises(WorkersLost) as caught:
            collect_all(workers)
    finally:
        workers.close()
    assert re.fullmatch(rf".*3 times.*: docker: no engine answers.*{engine.address}.*", str(caught.value))


def collect_all(workers):
    """Collects for as long as the machinery lasts, within the test's patience."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    job = EvaluationJob("mutation", 1, (2,), ("def priority(item, bins):\n    return bins\n",))
    while time.monotonic() < deadline:
        if workers.collect(0.5):  # done before the worker was dead: there is always another job
            workers.submit(job)


@pytest.mark.bubblewrap
def test_bubblewrap_supervisors_killed_from_outside_are_replaced_and_the_run_goes_on(tmp_path):
    evolve(tmp_path / "calm" / "run", "bubblewrap")
    trouble = Trouble(lambda: kill_all(own_supervisors()))
    evolve(tmp_path / "troubled" / "run", "bubblewrap", observer=trouble)
    assert trouble.made
    assert story(tmp_path / "troubled" / "run") == story(tmp_path / "calm" / "run")


@pytest.mark.docker
def test_the_comparison_of_runs_tells_one_from_another(undisturbed, tmp_path):
    evolve(tmp_path / "run", seed=4)
    assert len(story(tmp_path / "run")) > TROUBLE_AT
    assert story(tmp_path / "run") != undisturbed
