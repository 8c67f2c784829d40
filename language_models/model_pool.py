"""Models that are shared: loaded once for all who use them, unloaded when another needs their room.

    pool = ModelPool(ModelPlan.of([small, large]))
    with pool.lease("small") as backend:      # loaded now, or already; not unloaded while in use
        backend.chat(request)
    sampler = ChatSampler(pool.backend("large"), ...)   # leases for each call; may be unloaded in between

A lease waits while all the room is in use, for a time that is bounded. Who has waited long enough is
served before newcomers to the models that must make room.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal

from language_models.backend import ChatBackend, ModelUnavailable, RequestTimedOut
from language_models.machine_memory import give_back_freed
from language_models.model_memory import megabytes
from language_models.model_opening import OPENERS, Openers
from language_models.model_plan import ImpossiblePlan, ModelPlan, arithmetic
from language_models.pooled_backend import PooledBackend

logger = logging.getLogger(__name__)

WAIT_SECONDS = 120.0
PATIENCE_SECONDS = 2.0

State = Literal[
    "unloaded",
    "reserved",  # its room is kept for it while others are unloaded
    "loading",
    "loaded",
    "closing",
]


@dataclass
class _Slot:
    """One model's place in the pool; guarded by the pool's lock."""

    state: State = "unloaded"
    backend: ChatBackend | None = None
    holders: Counter[int] = field(default_factory=Counter)  # by thread
    used: int = 0  # when it was last leased or given back, in turns

    @property
    def is_idle(self) -> bool:
        """Tells whether it is loaded and nobody uses it."""
        return self.state == "loaded" and not self.holders.total()


@dataclass(frozen=True)
class _Waiter:
    """Someone who waits for a model."""

    name: str
    since: float
    thread: int


class ModelPool:
    """Shares the models of a plan among threads; what is loaded never exceeds the plan's memory."""

    def __init__(
        self,
        plan: ModelPlan,
        openers: Openers = OPENERS,
        *,
        wait_seconds: float = WAIT_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """Makes an empty pool; models load when they are first leased.

        Args:
            plan: Which models there are and what fits.
            openers: What opens a model, by kind.
            wait_seconds: Longest wait for room.
            patience_seconds: How long a model that needs room waits for others to fall idle, before those
                who come new to the least recently used ones are held back.
        """
        self.plan = plan
        self._openers = openers
        self._wait_seconds = wait_seconds
        self._patience_seconds = patience_seconds
        self._slots = {name: _Slot() for name in plan.models}
        self._waiters: list[_Waiter] = []
        self._turn = 0
        self._is_closed = False
        self._changed = threading.Condition()

    @property
    def loaded(self) -> tuple[str, ...]:
        """Returns the models that are loaded now, the least recently used first."""
        with self._changed:
            names = [name for name, slot in self._slots.items() if slot.state == "loaded"]
            return tuple(sorted(names, key=lambda name: self._slots[name].used))

    @property
    def memory_in_use(self) -> int:
        """Returns the bytes that the plan counts for what is loaded, loading or closing."""
        with self._changed:
            there = {name for name in self._present() if self._slots[name].state != "reserved"}
            return self.plan.needed(there)

    @contextmanager
    def lease(self, name: str) -> Iterator[ChatBackend]:
        """Lends the model's one backend; it stays loaded until the block ends.

        Raises:
            ModelUnavailable: The plan has no such model, it cannot be loaded, or the pool is closed.
            ImpossiblePlan: This thread uses models that leave no room for it, and would wait for itself.
            RequestTimedOut: Others used all the room for the whole time of waiting.
        """
        self.plan.model(name)
        thread = threading.get_ident()
        backend = self._take(name, thread)
        try:
            yield backend
        finally:
            self._give_back(name, thread)

    def backend(self, name: str) -> PooledBackend:
        """Returns a backend that leases the model for each call: what a sampler or conversation may keep."""
        self.plan.model(name)
        return PooledBackend(name, self.lease)

    def close(self) -> None:
        """Unloads what is idle now, what is in use when it is given back; later leases raise."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            idle = [name for name, slot in self._slots.items() if slot.is_idle]
            self._mark_closing(idle)
        self._unload(idle)

    def __enter__(self) -> ModelPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"ModelPool({', '.join(self.loaded) or 'nothing loaded'})"

    def _take(self, name: str, thread: int) -> ChatBackend:
        """Returns the model's backend with this thread among its holders, loaded first where need be."""
        with self._changed:
            waiter = _Waiter(name, time.monotonic(), thread)
            self._waiters.append(waiter)
            try:
                backend = self._wait_for(waiter)
            finally:
                self._waiters.remove(waiter)
                self._changed.notify_all()
            if backend is not None:
                return backend
            victims = self._victims(name)
            self._mark_closing(victims)
            self._slots[name].state = "reserved"
        return self._load(name, thread, victims)

    def _wait_for(self, waiter: _Waiter) -> ChatBackend | None:
        """Waits until the model is loaded (and takes hold of it), or there is room to load it (None)."""
        slot = self._slots[waiter.name]
        while True:
            self._check_open(waiter.name)
            if slot.state == "loaded" and not self._is_held_back(waiter):
                assert slot.backend is not None
                self._hold(slot, waiter.thread)
                return slot.backend
            if slot.state == "unloaded":
                self._check_not_waiting_for_itself(waiter)
                if self._has_room(waiter):
                    return None
            self._sleep(waiter)

    def _sleep(self, waiter: _Waiter) -> None:
        """Waits for a change, at most until patience or time runs out."""
        waited = time.monotonic() - waiter.since
        if waited >= self._wait_seconds:
            raise RequestTimedOut(
                f"{waiter.name}: no room within {self._wait_seconds:g} s: {self._situation(waiter)}"
            )
        until = self._patience_seconds if waited < self._patience_seconds else self._wait_seconds
        self._changed.wait(max(min(until, self._wait_seconds) - waited, 0.001))

    def _has_room(self, waiter: _Waiter) -> bool:
        """Tells whether the model fits once idle ones are unloaded, and nobody before it waits for room."""
        needy = self._first_in_need()
        if needy is not None and needy.name != waiter.name and not self._holds_any(waiter.thread):
            return False
        keeping = [name for name in self._present() if not self._may_unload(name)]
        return self.plan.fits({*keeping, waiter.name})

    def _first_in_need(self) -> _Waiter | None:
        """Returns who has waited longest for a model that is not there, if longer than is patient."""
        now = time.monotonic()
        return next(
            (
                waiter
                for waiter in self._waiters
                if self._slots[waiter.name].state == "unloaded"
                and now - waiter.since >= self._patience_seconds
            ),
            None,
        )

    def _is_held_back(self, waiter: _Waiter) -> bool:
        """Tells whether the model must fall idle for another; who uses a model already goes on anyway."""
        needy = self._first_in_need()
        if needy is None or self._holds_any(waiter.thread):
            return False
        return waiter.name in self._to_be_drained(needy.name)

    def _to_be_drained(self, name: str) -> set[str]:
        """Returns the least recently used models that must go before the named one fits."""
        staying = self._present()
        drained: set[str] = set()
        for other in sorted(staying, key=lambda each: self._slots[each].used):
            if self.plan.fits({*staying - drained, name}):
                break
            if not self.plan.models[other].stays and self.plan.models[other].memory:
                drained.add(other)
        return drained

    def _victims(self, name: str) -> list[str]:
        """Returns the idle models to unload before the named one loads, the least recently used first."""
        idle = sorted(filter(self._may_unload, self._present()), key=lambda each: self._slots[each].used)
        chosen: list[str] = []
        for other in idle:
            if self.plan.fits({*self._present().difference(chosen), name}):
                break
            chosen.append(other)
        return chosen

    def _may_unload(self, name: str) -> bool:
        model = self.plan.models[name]
        return self._slots[name].is_idle and not model.stays and model.memory > 0

    def _load(self, name: str, thread: int, victims: list[str]) -> ChatBackend:
        """Unloads the victims, loads the model outside the lock, and takes hold of it."""
        try:
            self._unload(victims)
            self._settle(name, "loading")
            model = self.plan.models[name]
            logger.info("loading %s (%s)", name, megabytes(model.memory))
            backend = self._openers[model.kind](model, self.plan.threads[name])
        except BaseException:
            self._settle(name, "unloaded")
            raise
        self._settle(name, "loaded", backend, thread)
        return backend

    def _settle(
        self, name: str, state: State, backend: ChatBackend | None = None, thread: int | None = None
    ) -> None:
        """Ends a change of a model's state and wakes those who wait for one."""
        with self._changed:
            slot = self._slots[name]
            slot.state, slot.backend = state, backend
            if thread is not None:
                self._hold(slot, thread)
            self._changed.notify_all()

    def _unload(self, names: list[str]) -> None:
        """Closes models that are marked as closing; a failing close is told and the room counts as free."""
        for number, name in enumerate(names):
            logger.info("unloading %s", name)
            try:
                _close(name, self._slots[name].backend)
            except BaseException:  # the user's Ctrl-C: what is not yet closed is as it was
                for other in names[number + 1 :]:
                    self._settle(other, "loaded", self._slots[other].backend)
                raise
            finally:
                self._settle(name, "unloaded")

    def _give_back(self, name: str, thread: int) -> None:
        with self._changed:
            slot = self._slots[name]
            slot.holders -= Counter({thread: 1})
            self._turn += 1
            slot.used = self._turn
            ends = [name] if self._is_closed and slot.is_idle else []
            self._mark_closing(ends)
            self._changed.notify_all()
        self._unload(ends)

    def _hold(self, slot: _Slot, thread: int) -> None:
        self._turn += 1
        slot.used = self._turn
        slot.holders[thread] += 1

    def _holds_any(self, thread: int) -> bool:
        return any(slot.holders[thread] for slot in self._slots.values())

    def _mark_closing(self, names: list[str]) -> None:
        for name in names:
            self._slots[name].state = "closing"

    def _present(self) -> set[str]:
        return {name for name, slot in self._slots.items() if slot.state != "unloaded"}

    def _check_open(self, name: str) -> None:
        if self._is_closed:
            raise ModelUnavailable(f"{name}: the pool is closed; open a new ModelPool")

    def _check_not_waiting_for_itself(self, waiter: _Waiter) -> None:
        """Refuses a lease that could only be served when this very thread gives one back."""
        held = {name for name, slot in self._slots.items() if slot.holders[waiter.thread]}
        staying = {name for name in self._present() if self.plan.models[name].stays}
        needed = {*held, *staying, waiter.name}
        if held and not self.plan.fits(needed):
            raise ImpossiblePlan(
                f"{waiter.name}: this thread already uses {', '.join(sorted(held))}: "
                f"{arithmetic(self.plan.models[name] for name in sorted(needed))}, the plan has "
                f"{megabytes(self.plan.memory)}; end the other lease first"
            )

    def _situation(self, waiter: _Waiter) -> str:
        """Returns who takes the room that is missing."""
        users = ", ".join(
            f"{name} {megabytes(self.plan.models[name].memory)} ({slot.state}, {slot.holders.total()} in use)"
            for name, slot in self._slots.items()
            if slot.state != "unloaded"
        )
        return (
            f"it needs {megabytes(self.plan.models[waiter.name].memory)} of the plan's "
            f"{megabytes(self.plan.memory)}, taken by {users or 'nobody'}; use shorter leases, "
            "or plan with more memory or fewer models"
        )


def _close(name: str, backend: ChatBackend | None) -> None:
    close = getattr(backend, "close", None)
    if close is None:
        return
    try:
        close()
    except Exception:
        logger.exception("%s: closing failed; its memory may be lost", name)
    give_back_freed()
