"""Requests that are taken back, or taken up by another worker, at an awkward moment."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.agent_file import open_record
from agent.means import Allowance, Means
from agent.request import Request, State
from agent.worker import Worker
from language_models import ModelUnavailable
from sandbox import Sandbox
from tests.agent.routed_model import PLAN, RoutedModel, code
from tool_bank.scripted import ScriptedEncoder

Hire = Callable[[RoutedModel], Worker]


@pytest.fixture
def hire(tmp_path: Path, box: Sandbox) -> Iterator[Hire]:
    opened = []

    def hire(model: RoutedModel) -> Worker:
        opened.append(open_record(tmp_path))
        means = Means(tmp_path, model, box, ScriptedEncoder(), allowance=Allowance(rounds=0))
        return Worker(opened[-1], means)

    yield hire
    for database in opened:
        database.close()


def canceling(hire: Hire) -> Callable[[], None]:
    """Returns what takes the request "mine" back from another process, once it is worked on."""
    user = hire(RoutedModel({})).user

    def cancel() -> None:
        if user.get("mine").state is State.IN_PROGRESS:
            user.cancel("mine")

    return cancel


@pytest.mark.parametrize("step", ["ask", "progress"])
def test_a_request_may_be_taken_back_just_before_any_step(
    hire: Hire, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = hire(RoutedModel({PLAN: code("answer = ask_user('Sure?')")}))
    worker.user.create({"objective": "Ask me."}, id="mine")
    take = getattr(worker.store, step)
    cancel = canceling(hire)

    def too_late(id: str, *told: object) -> Request:
        cancel()
        return take(id, *told)  # type: ignore[no-any-return]

    monkeypatch.setattr(worker.store, step, too_late)
    assert worker.run("mine").state is State.CANCELED


def test_a_model_that_fails_for_a_request_taken_back_is_told_as_such(hire: Hire) -> None:
    cancel = canceling(hire)

    def fail(told: str) -> str:
        cancel()
        raise ModelUnavailable("the model is down")

    worker = hire(RoutedModel({PLAN: fail}))
    worker.user.create({"objective": "Say one."}, id="mine")
    with pytest.raises(ModelUnavailable):
        worker.run("mine")
    assert worker.run("mine").state is State.CANCELED


def test_a_request_that_another_worker_has_taken_does_not_keep_one_from_the_rest(hire: Hire) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def hesitate(told: str) -> str:
        reached.set()
        assert go_on.wait(60)
        return code("answer = 1")

    slow, quick = hire(RoutedModel({PLAN: hesitate})), hire(RoutedModel({PLAN: code("answer = 2")}))
    slow.user.create({"objective": "The first."}, id="first")
    quick.user.create({"objective": "The second."}, id="second")
    working = threading.Thread(target=slow.run, args=("first",))
    working.start()
    try:
        assert reached.wait(60)
        states = {request.id: request.state for request in quick.run_open()}
    finally:
        go_on.set()
        working.join()
    assert states == {"first": State.IN_PROGRESS, "second": State.SUCCEEDED}
    assert quick.user.get("first").state is State.SUCCEEDED


def test_documents_that_could_not_be_read_are_told_to_the_user(hire: Hire, tmp_path: Path) -> None:
    (tmp_path / "rent.txt").write_text("The rent is 700 a month.")
    worker = hire(RoutedModel({PLAN: code("answer = 1")}))
    paths = [str(tmp_path / "nowhere.txt"), str(tmp_path / "rent.txt")]
    filed = worker.user.create({"objective": "What is the rent?", "documents": paths})
    worker.run(filed.id)
    told = [str(event.detail["text"]) for event in worker.user.events(filed.id) if event.kind == "progress"]
    assert [text for text in told if "not read: nowhere.txt" in text]
    assert not [text for text in told if "rent.txt" in text]
