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
from agent.request import Question, Wish
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


def test_a_request_that_always_fails_does_not_hold_up_the_others(store: RequestStore) -> None:
    done = threading.Event()

    def run(request: str) -> None:
        if request == "poison":
            raise ModelUnavailable("the context is too long")
        if request == "mistake":
            raise KeyError("a mistake of ours")
        store.cancel(request)
        if not store.open_ids()[2:]:
            done.set()

    for id in ("poison", "r1", "mistake", "r2", "r3"):
        store.file(Wish(f"Do {id}."), id)
    team = Team(store, run)
    with working(store, team) as workers:
        assert done.wait(PATIENCE)
        assert workers.fault == "" or "mistake" in workers.fault
    assert store.open_ids() == ["poison", "mistake"]
    assert team.asked.count("poison") == 1
    assert team.opened == 1


def test_an_answer_calls_for_work_again(store: RequestStore) -> None:
    question, answered = Question("q1", "Where?"), threading.Event()

    def run(request: str) -> None:
        if store.get(request).state == "NOT_STARTED":
            store.start(request)
        if store.answer_to(request, question) is None:
            store.ask(request, question)
            store.answer(request, "Bonn")  # before the work on it is over
            return
        answered.set()
        store.cancel(request)

    team = Team(store, run)
    with working(store, team):
        store.file(Wish("Add one."), "r1")
        assert answered.wait(PATIENCE)


def test_many_requests_are_worked_on_side_by_side_each_once(store: RequestStore) -> None:
    done, count = threading.Event(), 200

    def run(request: str) -> None:
        store.cancel(request)
        if not store.open_ids():
            done.set()

    team = Team(store, run)
    workers = RequestWorkers(store, team.open, 4)
    for number in range(count):
        store.file(Wish("Add one."), f"r{number}")
    workers.start()
    assert done.wait(PATIENCE)
    workers.stop()
    assert sorted(team.asked) == sorted(f"r{number}" for number in range(count))
    assert team.opened <= 4


def test_what_another_process_files_is_found(store: RequestStore, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("service.web.request_workers.LOOK_SECONDS", 0.05)
    team = Team(store, lambda request: store.cancel(request) and None)
    with working(store, team):
        other = open_record(tmp_path / "agent")
        RequestStore(other).file(Wish("Add one."), "theirs")
        other.close()
        assert team.was_asked.wait(PATIENCE)
