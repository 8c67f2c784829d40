"""Workers as Ray actors: one per sampler, and evaluators with a sandbox each. The only file that imports ray.

Works on this machine or on a cluster. An actor that dies is replaced and its jobs are done again.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from funsearch import samplers
from funsearch.config import RunConfig
from funsearch.exceptions import WorkersLost
from funsearch.owner_watch import descendants, end_watch, start_watch
from funsearch.task_loading import load_task, open_sandbox_for
from funsearch.workers import Done, EvaluationJob, Job, SampleJob, propose, score

os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
if "RAY_AUTH_TOKEN" in os.environ or (Path.home() / ".ray" / "auth_token").exists():
    os.environ.setdefault("RAY_AUTH_MODE", "token")  # as `ray start` does, so that its clusters let us in

import ray  # it reads its environment when imported
import ray.exceptions

# Jobs queued at an actor: one under way and one waiting, so that it never idles for a round trip.
JOBS_PER_ACTOR = 2
ATTEMPTS_PER_JOB = 3
START_SECONDS = 180.0
REACH_SECONDS = 5.0
_QUALIFIED_NAME = re.compile(r"^(\w+\.)+\w+: ")
OBJECT_STORE_BYTES = 100 << 20


class _EvaluatorActor:
    """Scores programs in a sandbox of its own."""

    def __init__(self, config: RunConfig) -> None:
        task = load_task(config.task, config.inputs, config.screen)
        self._box = open_sandbox_for(task, config.sandbox)
        self._evaluator = task.selection(self._box)

    def describe(self) -> str:
        return self._box.backend

    def do(self, job: EvaluationJob) -> Done:
        return score(job, self._evaluator)

    def process_id(self) -> int:
        return os.getpid()


class _SamplerActor:
    """Proposes functions with one sampler."""

    def __init__(self, config: RunConfig, name: str) -> None:
        specification = load_task(config.task, config.inputs, config.screen).specification
        self._sampler = samplers.build(name, specification, config)

    def describe(self) -> str:
        return self._sampler.description

    def do(self, job: SampleJob) -> Done:
        return propose(job, self._sampler)


@dataclass
class _Slot:
    """A place for an actor: how to make it, the actor of the moment, and its jobs.

    Attributes:
        group: Whose jobs it does: "evaluators", or a sampler's name.
        actor_class: What to make it of.
        arguments: What to make it with.
        capacity: Most jobs handed to it at once.
        actor: The actor of the moment.
        arrival: Where its first word will come; None once it has. Until then it gets no job: where a node was
            lost, the cluster may have no room for it.
        started: When it was asked for.
        failed_starts: Actors in a row that died before their first word.
        jobs: What it is doing, by where the results will come.
    """

    group: str
    actor_class: Any
    arguments: tuple[Any, ...]
    capacity: int = JOBS_PER_ACTOR
    actor: Any = None
    arrival: Any = None
    started: float = 0.0
    failed_starts: int = 0
    jobs: dict[Any, Job] = field(default_factory=dict)

    def start(self) -> None:
        self.actor = self.actor_class.remote(*self.arguments)
        self.arrival = self.actor.describe.remote()
        self.started = time.monotonic()

    @property
    def room(self) -> int:
        return 0 if self.arrival is not None else self.capacity - len(self.jobs)


class RayWorkers:
    """Workers on this machine or a Ray cluster.

    Args:
        config: The run's; its sandbox is that of every evaluator.
        address: Address of a running cluster; None starts Ray on this machine for the time of the run, unless
            this process is connected to Ray already.

    Raises:
        WorkersLost: Ray cannot be started or reached, or a worker cannot be made.
    """

    def __init__(self, config: RunConfig, address: str | None = None) -> None:
        self._attempts: dict[tuple[str, str, int], int] = {}
        self._waiting: dict[str, deque[Job]] = {"evaluators": deque()}
        self._slots: dict[str, list[_Slot]] = {"evaluators": []}
        self._connection = ExitStack()
        if address is not None:
            _check_reachable(address)
        if not ray.is_initialized():
            self._connection.enter_context(connected(config, address))
        evaluator_class = ray.remote(num_cpus=1)(_EvaluatorActor)
        sampler_class: Any = ray.remote(num_cpus=0)(_SamplerActor)
        for plan in samplers.plans(config):
            at_once = plan.window if plan.cost == "tokens" else 1  # an endpoint answers many at a time
            capacity = max(at_once, JOBS_PER_ACTOR)
            self._slots[plan.name] = [
                _Slot(
                    plan.name, sampler_class.options(max_concurrency=at_once), (config, plan.name), capacity
                )
            ]
            self._waiting[plan.name] = deque()
        self._slots["evaluators"] = [
            _Slot("evaluators", evaluator_class, (config,)) for _ in range(config.evaluators)
        ]
        try:
            self._descriptions = self._start_all()
        except BaseException:
            self.close()
            raise

    @property
    def descriptions(self) -> Mapping[str, str]:
        return self._descriptions

    def submit(self, job: Job) -> None:
        group = job.stream if isinstance(job, SampleJob) else "evaluators"
        self._waiting[group].append(job)
        self._dispatch(group)

    def collect(self, timeout: float) -> Sequence[Done]:
        pending = {ref: slot for slot in self._all_slots() for ref in slot.jobs}
        pending |= {slot.arrival: slot for slot in self._all_slots() if slot.arrival is not None}
        if not pending:
            return []
        ready, _ = ray.wait(list(pending), num_returns=1, timeout=timeout)
        if ready:  # take along whatever else has finished by now
            ready, _ = ray.wait(list(pending), num_returns=len(pending), timeout=0)
        finished = []
        for ref in ready:
            slot = pending[ref]
            if ref == slot.arrival:
                self._welcome(slot)
            elif (done := self._fetch(ref, slot)) is not None:
                finished.append(done)
        for group in self._slots:
            self._dispatch(group)
            self._check_alive(group)
        return finished

    def close(self) -> None:
        for slot in self._all_slots():
            if slot.actor is not None:
                ray.kill(slot.actor)  # its sandbox ends with it
        self._connection.close()

    def _start_all(self) -> dict[str, str]:
        """Starts every actor and returns what each says of itself."""
        for slot in self._all_slots():
            slot.start()
        said: dict[str, str] = {}
        for slot in self._all_slots():
            try:
                said[slot.group] = ray.get(slot.arrival, timeout=START_SECONDS)
            except ray.exceptions.GetTimeoutError as error:
                raise WorkersLost(_no_room(slot.group)) from error
            except ray.exceptions.RayError as error:
                raise WorkersLost(f"worker of {slot.group} did not start: {_cause(error)}") from error
            slot.arrival = None
        said["sandbox"] = said.pop("evaluators")
        return said

    def _all_slots(self) -> list[_Slot]:
        return [slot for slots in self._slots.values() for slot in slots]

    def _welcome(self, slot: _Slot) -> None:
        """Lets an actor that has come take jobs; one that died on the way is asked for again, a few times."""
        try:
            ray.get(slot.arrival)
        except ray.exceptions.RayError as error:
            slot.failed_starts += 1
            if slot.failed_starts >= ATTEMPTS_PER_JOB:
                raise WorkersLost(f"worker of {slot.group} does not start again: {_cause(error)}") from error
            slot.start()
            return
        slot.arrival, slot.failed_starts = None, 0

    def _check_alive(self, group: str) -> None:
        """Raises `WorkersLost` where jobs have waited too long for any actor of the group to come."""
        now = time.monotonic()
        if self._waiting[group] and all(
            slot.arrival is not None and now - slot.started > START_SECONDS for slot in self._slots[group]
        ):
            raise WorkersLost(_no_room(group))

    def _dispatch(self, group: str) -> None:
        """Hands waiting jobs to the least busy actors of a group."""
        waiting = self._waiting[group]
        while waiting:
            slot = max(self._slots[group], key=lambda slot: slot.room)
            if slot.room <= 0:
                return
            job = waiting.popleft()
            slot.jobs[slot.actor.do.remote(job)] = job

    def _fetch(self, ref: Any, slot: _Slot) -> Done | None:  # noqa: ANN401 - ray has no types
        """Returns the finished job, or None after its actor died and was replaced."""
        job = slot.jobs.pop(ref, None)
        if job is None:
            return None  # its actor died and the job is queued again
        try:
            done: Done = ray.get(ref)
        except (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError) as error:
            self._replace(slot, job, error)
            return None
        except ray.exceptions.RayError as error:
            raise WorkersLost(f"worker of {slot.group}: {_cause(error)}") from error
        self._attempts.pop(_key(job), None)
        return done

    def _replace(self, slot: _Slot, failed: Job, error: Exception) -> None:
        """Starts a new actor in the slot and queues the old one's jobs again."""
        attempts = self._attempts.setdefault(_key(failed), 0) + 1
        self._attempts[_key(failed)] = attempts
        if attempts >= ATTEMPTS_PER_JOB:
            raise WorkersLost(
                f"worker of {slot.group} died {attempts} times over the same job: {_cause(error)}"
            ) from error
        logging.getLogger(__name__).warning("a worker of %s died and is replaced", slot.group)
        self._waiting[slot.group].extendleft([*reversed(slot.jobs.values()), failed])
        slot.jobs.clear()
        slot.start()


def _no_room(group: str) -> str:
    return (
        f"no worker of {group} came within {START_SECONDS:.0f} s: each evaluator needs a CPU of the cluster; "
        "add a node, or ask for fewer --evaluators"
    )


@contextmanager
def connected(config: RunConfig, address: str | None = None) -> Iterator[None]:
    """Connects this process to Ray, or starts it; runs in turn share what each alone would start anew.

    Raises:
        WorkersLost: Ray cannot be started or reached.
    """
    if address is not None:
        _check_reachable(address)
    others = descendants(os.getpid())
    _connect(config, address)
    watch = start_watch(spared=others)
    try:
        yield
    finally:
        ray.shutdown()
        end_watch(watch)


def _check_reachable(address: str) -> None:
    """Raises `WorkersLost` where nobody listens: Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return  # a word of Ray's own, such as "auto"
    try:
        socket.create_connection((host, int(port)), timeout=REACH_SECONDS).close()
    except OSError as error:
        raise WorkersLost(f"no Ray cluster answers at {address}: {error}") from error


def _connect(config: RunConfig, address: str | None) -> None:
    options: dict[str, Any] = {}
    if address is not None:
        # Something else may listen there: one try of Ray's tells in 40 s, its twenty take minutes.
        os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "1")
    else:
        options = {
            "num_cpus": config.evaluators,
            "object_store_memory": OBJECT_STORE_BYTES,
            "include_dashboard": False,
        }
    try:
        ray.init(address=address or "local", log_to_driver=False, logging_level=logging.ERROR, **options)
    except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
        raise WorkersLost(f"{_where(address)}: {_first_line(error)}") from error


def _where(address: str | None) -> str:
    if address is None:
        return "Ray does not start on this machine"
    return (
        f"no Ray cluster answers at {address}, or it asks for a token (then set RAY_AUTH_MODE=token, and "
        "RAY_AUTH_TOKEN if it is not this machine's)"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _key(job: Job) -> tuple[str, str, int]:
    kind = "evaluation" if isinstance(job, EvaluationJob) else "sample"
    return kind, job.stream, job.ticket


def _cause(error: Exception) -> str:
    """Returns the text of the worker's own exception where there is one, without its traceback."""
    inner = getattr(error, "cause", None)
    if isinstance(inner, Exception):
        return str(inner)
    last_line = str(error).strip().splitlines()[-1]  # of a worker that could not be made: its exception
    return _QUALIFIED_NAME.sub("", last_line)
