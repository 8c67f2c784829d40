from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from language_models import (
    ChatBackend,
    ChatRequest,
    CompletionRequest,
    Completions,
    Delta,
    End,
    FormUnsupported,
    Message,
    ModelUnavailable,
    RequestTimedOut,
    TextDelta,
    Usage,
)
from language_models.model_opening import Openers
from language_models.model_plan import ImpossiblePlan, ModelPlan, PlannedModel
from language_models.model_pool import ModelPool
from language_models.scripted import ScriptedBackend

MB = 1_000_000
REQUEST = ChatRequest(messages=(Message("user", "Hello"),))
SECONDS = 30.0  # bound of every wait


class Machine:
    """Opens models that only pretend to take memory, and keeps account of it."""

    def __init__(self) -> None:
        self.memory = self.most = 0
        self.opened = Counter[str]()
        self.events: list[str] = []
        self.before_open: Callable[[str], None] = lambda _name: None
        self._lock = threading.Lock()

    @property
    def openers(self) -> Openers:
        return {"scripted": self.open}

    def open(self, model: PlannedModel, threads: int) -> ChatBackend:
        self.before_open(model.name)
        with self._lock:
            self.opened[model.name] += 1
            self.memory += model.memory
            self.most = max(self.most, self.memory)
            self.events.append(f"open {model.name}")
        return Pretended(model, self)

    def closed(self, model: PlannedModel) -> None:
        with self._lock:
            self.memory -= model.memory
            self.events.append(f"close {model.name}")


class Pretended(ScriptedBackend):
    """A scripted model that fails loudly when it is used after it was unloaded."""

    def __init__(self, model: PlannedModel, machine: Machine) -> None:
        super().__init__([f"{model.name} says hello"], model.name)
        self._model, self._machine, self._is_closed = model, machine, False

    def chat(self, request: ChatRequest) -> Completions:
        assert not self._is_closed, f"{self.name} was unloaded while in use"
        answer = super().chat(request)
        assert not self._is_closed, f"{self.name} was unloaded while in use"
        return answer

    def stream(self, request: ChatRequest) -> Iterator[Delta]:
        for word in ("Hel", "lo"):
            assert not self._is_closed, f"{self.name} was unloaded while in use"
            yield TextDelta(word)
        yield End("stop", Usage())

    def close(self) -> None:
        assert not self._is_closed, f"{self.name} was unloaded twice"
        self._is_closed = True
        self._machine.closed(self._model)


def plan(memory: int = 1000, *, stays: str = "", **sizes: int) -> ModelPlan:
    """Returns a plan over scripted models, with sizes in megabytes."""
    models = [
        PlannedModel(name=name, kind="scripted", place="x", memory=size * MB, stays=name == stays)
        for name, size in (sizes or {"a": 400, "b": 400, "c": 400}).items()
    ]
    return ModelPlan.of(models, memory=memory * MB, cores=2)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def pool_on(
    machine: Machine, a_plan: ModelPlan | None = None, wait: float = SECONDS, patience: float = 0.0
) -> ModelPool:
    return ModelPool(a_plan or plan(), machine.openers, wait_seconds=wait, patience_seconds=patience)


def test_a_model_is_loaded_once_for_all_who_use_it(machine: Machine) -> None:
    with pool_on(machine) as pool:
        with pool.lease("a") as first, pool.lease("a") as second:
            assert first is second
        with pool.lease("a") as third:
            assert third is first
        assert pool.loaded == ("a",)
    assert machine.events == ["open a", "close a"]


def test_many_who_come_at_once_wait_for_one_loading(machine: Machine) -> None:
    together = threading.Barrier(8)

    def ask() -> object:
        together.wait(SECONDS)
        with pool.lease("a") as backend:
            return backend

    with pool_on(machine) as pool, ThreadPoolExecutor(8) as threads:
        found = [future.result(SECONDS) for future in [threads.submit(ask) for _ in range(8)]]
    assert len(set(map(id, found))) == 1
    assert machine.opened == {"a": 1}


def test_the_least_recently_used_idle_model_makes_room(machine: Machine) -> None:
    with pool_on(machine) as pool:
        for name in ("a", "b", "a", "c"):
            with pool.lease(name):
                pass
        assert pool.loaded == ("a", "c")
        assert pool.memory_in_use == 800 * MB
    assert machine.events[:4] == ["open a", "open b", "close b", "open c"]


def test_as_many_are_unloaded_as_need_be(machine: Machine) -> None:
    with pool_on(machine, plan(1000, a=300, b=300, c=300, d=900)) as pool:
        for name in "abcd":
            with pool.lease(name):
                pass
        assert pool.loaded == ("d",)
    assert machine.most == 900 * MB


def test_a_model_that_stays_is_never_unloaded(machine: Machine) -> None:
    with pool_on(machine, plan(stays="a", a=400, b=400, c=400)) as pool:
        for name in ("a", "b", "c", "b"):
            with pool.lease(name):
                pass
        assert set(pool.loaded) == {"a", "b"}
    assert machine.opened == {"a": 1, "b": 2, "c": 1}


def test_a_model_without_memory_is_never_unloaded(machine: Machine) -> None:
    with pool_on(machine, plan(400, far=0, a=400, b=400)) as pool:
        for name in ("far", "a", "b", "a"):
            with pool.lease(name):
                pass
        assert set(pool.loaded) == {"far", "a"}


def test_a_model_in_use_is_not_unloaded_and_who_waited_in_vain_is_told_why(machine: Machine) -> None:
    def ask() -> str:
        with pytest.raises(RequestTimedOut) as caught, pool.lease("c"):
            pass
        return str(caught.value)

    with pool_on(machine, wait=0.05) as pool, ThreadPoolExecutor(1) as threads:
        with pool.lease("a") as a, pool.lease("b"):
            message = threads.submit(ask).result(SECONDS)
            assert a.chat(REQUEST).texts == ("a says hello",)
        with pool.lease("c"):  # the control: with room there is no wait
            pass
    assert message.startswith("c: no room within 0.05 s: it needs 400 MB of the plan's 1,000 MB, taken by ")
    assert "a 400 MB (loaded, 1 in use), b 400 MB (loaded, 1 in use)" in message


def test_who_waits_is_served_when_a_model_falls_idle(machine: Machine) -> None:
    asked = threading.Event()

    def ask() -> Completions:
        asked.set()
        with pool.lease("c") as backend:
            return backend.chat(REQUEST)

    with pool_on(machine) as pool, ThreadPoolExecutor(1) as threads:
        with ExitStack() as leases:
            leases.enter_context(pool.lease("a"))
            leases.enter_context(pool.lease("b"))
            answer = threads.submit(ask)
            assert asked.wait(SECONDS)
        assert answer.result(SECONDS).texts == ("c says hello",)


def test_who_waits_long_is_not_overtaken_for_ever(machine: Machine) -> None:
    """Two models are always in use by one or another; a third still gets its turn."""
    ended = threading.Event()

    def keep_busy(name: str) -> None:
        while not ended.is_set():
            with pool.lease(name) as backend:
                backend.chat(REQUEST)

    with pool_on(machine, patience=0.01) as pool, ThreadPoolExecutor(6) as threads:
        busy = [threads.submit(keep_busy, name) for name in "ababab"]
        try:
            for _ in range(5):
                with pool.lease("c") as backend:
                    assert backend.chat(REQUEST).texts == ("c says hello",)
        finally:
            ended.set()
        for future in busy:
            future.result(SECONDS)
    assert machine.most <= 1000 * MB


def test_a_thread_that_would_wait_for_itself_is_told_the_sum_at_once(machine: Machine) -> None:
    with pool_on(machine) as pool, pool.lease("a"), pool.lease("b"):
        with (
            pytest.raises(
                ImpossiblePlan, match=r"a 400 MB \+ b 400 MB \+ c 400 MB = 1,200 MB, the plan has 1,000 MB"
            ),
            pool.lease("c"),
        ):
            pass
        with pool.lease("a") as again:
            assert again.chat(REQUEST).texts


def test_a_thread_with_one_model_may_take_another_while_someone_waits(machine: Machine) -> None:
    """The waiter for "c" is first in the queue, and would wait for ever for who waits behind it."""
    asked = threading.Event()

    def ask() -> None:
        asked.set()
        with pool.lease("c"):
            pass

    with pool_on(machine, plan(1000, a=400, b=400, c=800)) as pool, ThreadPoolExecutor(1) as threads:
        with pool.lease("a"):
            waiting = threads.submit(ask)
            assert asked.wait(SECONDS)
            with pool.lease("b"), pool.lease("a"):
                pass
        waiting.result(SECONDS)


def test_a_model_that_does_not_load_leaves_the_pool_as_it_was(machine: Machine) -> None:
    def fail(name: str) -> None:
        if name == "b":
            raise ModelUnavailable("b.gguf: damaged")

    machine.before_open = fail
    with pool_on(machine) as pool:
        with pytest.raises(ModelUnavailable, match="damaged"), pool.lease("b"):
            pass
        assert pool.memory_in_use == 0
        machine.before_open = lambda _name: None
        with pool.lease("b") as backend:
            assert backend.chat(REQUEST).texts


def test_an_error_in_use_gives_the_model_back(machine: Machine) -> None:
    with pool_on(machine) as pool:
        with pytest.raises(ZeroDivisionError), pool.lease("a"):
            raise ZeroDivisionError
        for name in ("b", "c"):
            with pool.lease(name):
                pass
        assert "a" not in pool.loaded


def test_a_model_whose_closing_fails_does_not_end_the_run(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("stuck")

    with pool_on(machine) as pool:
        with pool.lease("a") as backend:
            backend.close = fail  # type: ignore[attr-defined]
        with caplog.at_level(logging.ERROR):
            for name in ("b", "c"):
                with pool.lease(name):
                    pass
    assert "a: closing failed" in caplog.text


def test_closing_unloads_the_idle_at_once_and_the_others_when_given_back(machine: Machine) -> None:
    pool = pool_on(machine)
    with pool.lease("b"):
        pass
    with pool.lease("a") as backend:
        pool.close()
        assert machine.events[-1] == "close b"
        assert backend.chat(REQUEST).texts
    assert machine.events[-1] == "close a"
    assert machine.memory == 0
    with pytest.raises(ModelUnavailable, match="a: the pool is closed"), pool.lease("a"):
        pass
    pool.close()


def test_who_waits_when_the_pool_closes_is_told(machine: Machine) -> None:
    asked = threading.Event()

    def ask() -> str:
        asked.set()
        with pytest.raises(ModelUnavailable) as caught, pool.lease("c"):
            pass
        return str(caught.value)

    pool = pool_on(machine)
    with ThreadPoolExecutor(1) as threads, pool.lease("a"), pool.lease("b"):
        message = threads.submit(ask)
        assert asked.wait(SECONDS)
        pool.close()
        assert "closed" in message.result(SECONDS)


def test_an_unknown_model_is_refused_by_its_name(machine: Machine) -> None:
    with pool_on(machine) as pool:
        with pytest.raises(ModelUnavailable, match="zzz: not in the plan; it has a, b, c"), pool.lease("zzz"):
            pass
        with pytest.raises(ModelUnavailable, match="zzz"):
            pool.backend("zzz")


def test_a_pooled_backend_outlives_the_unloading_of_its_model(machine: Machine) -> None:
    with pool_on(machine) as pool:
        kept = {name: pool.backend(name) for name in "abc"}
        for name in "abcabc":
            assert kept[name].chat(REQUEST).texts == (f"{name} says hello",)
            assert kept[name].complete(CompletionRequest("x")).texts == (f"{name} says hello",)
    assert machine.opened == {"a": 2, "b": 2, "c": 2}


def test_a_model_is_in_use_while_it_streams_and_free_when_the_stream_is_closed(machine: Machine) -> None:
    with pool_on(machine, plan(400, a=400, b=400), wait=0.05) as pool:
        stream = pool.backend("a").stream(REQUEST)
        assert next(stream) == TextDelta("Hel")
        with pytest.raises(ImpossiblePlan), pool.lease("b"):
            pass
        stream.close()  # type: ignore[attr-defined]
        with pool.lease("b"):
            pass
        with pool.lease("a"):
            assert [type(delta) for delta in pool.backend("a").stream(REQUEST)] == [TextDelta, TextDelta, End]


def test_a_form_that_the_model_has_not_is_named() -> None:
    class ChatOnly:
        name = "chat only"

        def chat(self, request: ChatRequest) -> Completions:
            return Completions((), Usage())

    with ModelPool(plan(), {"scripted": lambda _model, _threads: ChatOnly()}) as pool:
        backend = pool.backend("a")
        with pytest.raises(FormUnsupported, match="a: it chats only"):
            backend.complete(CompletionRequest("x"))
        with pytest.raises(FormUnsupported, match="a: it answers whole only"):
            list(backend.stream(REQUEST))


def test_fifty_conversations_over_three_models_on_a_plan_for_two(machine: Machine) -> None:
    def converse(number: int) -> int:
        rng, said = random.Random(number), 0
        for _ in range(20):
            name = rng.choice("abc")
            with pool.lease(name) as backend:
                assert backend.chat(REQUEST).texts == (f"{name} says hello",)
                said += 1
        return said

    with pool_on(machine, patience=0.005) as pool, ThreadPoolExecutor(50) as threads:
        said = [future.result(SECONDS) for future in [threads.submit(converse, n) for n in range(50)]]
        assert machine.memory == pool.memory_in_use <= 1000 * MB
    assert sum(said) == 1000
    assert machine.most <= 1000 * MB
    assert machine.memory == 0
    assert min(machine.opened.values()) > 1  # models did change places
