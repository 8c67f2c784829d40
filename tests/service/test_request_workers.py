"""The threads that work on requests, with workers that only note what they are given."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent.agent_file import open_record
from agent.errors import StepRefused
from agent.request import Wish
from agent.requests.request_store import RequestStore
from language_models import ModelUnavailable
from service.web.request_workers import RequestWorkers

PATIENCE = 20.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RequestStore]:
    database = open_record(tmp_path / "agent")
    yield RequestStore(database)
    database.close()


class Team:
    """Opens workers that do what they are told."""

    def __init__(self, store: RequestStore, run: Callable[[str], None]) -> None:
        self.opened = 0
        self.asked: list[str] = []
        self.was_asked = threading.Event()
        self._store, self._run = store, run

    @contextmanager
    def open(self) -> Iterator[Any]:
        self.opened += 1
        yield SimpleNamespace(store=self._store, run=self._work)

    def _work(self, request: str) -> None:
        self.asked.append(request)
        self.was_asked.set()
        self._run(request)


@contextmanager
def working(store: RequestStore, team: Team) -> Iterator[RequestWorkers]:
    workers = RequestWorkers(store, team.open)
    workers.start()
    try:
        yield workers
    finally:
        workers.stop()


def test_nothing_is_opened_before_there_is_work(store: RequestStore) -> None:
    team = Team(store, lambda request: store.cancel(request) and None)
    with working(store, team) as workers:
        assert team.opened == 0
        store.file(Wish("Add one."), "r1")
        assert team.was_asked.wait(PATIENCE)
        assert team.opened == 1
    assert workers.count == 1
    assert team.asked == ["r1"]


def test_a_request_that_another_process_works_on_is_left_alone_for_a_while(store: RequestStore) -> None:
    done = threading.Event()

    def run(request: str) -> None:
        if request == "theirs":
            raise StepRefused("another process works on it")
        store.cancel(request)
        done.set()

    store.file(Wish("Add one."), "theirs")
    store.file(Wish("Add two."), "ours")
    team = Team(store, run)
    with working(store, team):
        assert done.wait(PATIENCE)
    assert team.asked == ["theirs", "ours"]


def test_a_model_that_is_missing_is_the_fault_and_the_request_stays(store: RequestStore) -> None:
    failed = threading.Event()

    @contextmanager
    def unavailable() -> Iterator[Any]:
        failed.set()
        raise ModelUnavailable("there is no model")
        yield

    workers = RequestWorkers(store, unavailable)
    workers.start()
    assert workers.fault == ""
    store.file(Wish("Add one."), "r1")
    assert failed.wait(PATIENCE)
    workers.stop()
    assert workers.fault == "there is no model"
    assert store.get("r1").state == "NOT_STARTED"
