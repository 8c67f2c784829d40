"""Ray workers: real actors with real sandboxes; deaths are replaced and nothing is lost."""

import os
import signal
import time

import pytest

from funsearch.config import RunConfig
from funsearch.exceptions import WorkersLost
from funsearch.sampler import Prompt
from funsearch.task_loading import load_task
from funsearch.workers import EvaluationJob, SampleJob

pytestmark = pytest.mark.docker
PATIENCE_SECONDS = 60.0


@pytest.fixture(scope="module")
def workers(docker_engine):
    from funsearch.parallel import RayWorkers

    opened = RayWorkers(RunConfig("bin_packing_or", samplers=("mutation",), sandbox="docker", evaluators=2))
    yield opened
    opened.close()


def collected(workers, count):
    """Returns that many finished jobs, within the test's patience."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    finished = []
    while len(finished) < count and time.monotonic() < deadline:
        finished += workers.collect(0.5)
    assert len(finished) == count
    return finished


def evaluation_jobs(count):
    source = load_task("bin_packing_or").specification.program.text
    broken = source.replace("-(bins - item)", "undefined")
    return [EvaluationJob("mutation", number, (1, 2), (source, broken)) for number in range(count)]


def test_workers_say_what_they_are(workers):
    assert workers.descriptions["sandbox"] == "docker"
    assert workers.descriptions["mutation"].startswith("syntax tree mutation")


def test_samples_and_scores_come_back_from_other_processes(workers):
    function = load_task("bin_packing_or").specification.function
    workers.submit(SampleJob("mutation", 0, Prompt((function,), (0, 0, 0)), 4))
    [sampled] = collected(workers, 1)
    assert len(sampled.samples.candidates) == 4
    for job in evaluation_jobs(3):
        workers.submit(job)
    [best_fit] = [b for b in load_task("bin_packing_or").baselines if b.name == "best fit"]
    for done in collected(workers, 3):
        good, bad = done.evaluations
        assert good.score == best_fit.training
        assert "undefined" in bad.feedback


def test_a_killed_worker_is_replaced_and_its_jobs_are_done(workers):
    import ray

    for job in evaluation_jobs(8):
        workers.submit(job)
    victim = workers._slots["evaluators"][0].actor
    pid = ray.get(victim.process_id.remote())
    os.kill(pid, signal.SIGKILL)
    tickets = sorted(done.job.ticket for done in collected(workers, 8))
    assert tickets == list(range(8))
    assert ray.get(workers._slots["evaluators"][0].actor.process_id.remote()) != pid


def test_a_cluster_that_does_not_answer_is_named():
    from funsearch.parallel import RayWorkers

    plan = RunConfig("bin_packing_or", samplers=("mutation",), sandbox="docker", evaluators=1)
    with pytest.raises(WorkersLost, match=r"127\.0\.0\.1:1"):
        RayWorkers(plan, address="127.0.0.1:1")
