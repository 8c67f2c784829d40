"""Has tools made that are missing: from an order to a tool of the bank, once for a request.

    order → specification → scope → drafts, tests, evolution → admission → bank

An order that cannot be met is a value that says why, for the model that placed it. Only the end of the
request (canceled, budget used up) and failing machinery pass as exceptions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TypeAlias

from agent.operations import Operations
from agent.request import Json, ToolOrder
from funsearch.creation import Creation, create
from funsearch.creator import Plan
from funsearch.exceptions import CreationError, FunsearchError, WorkersLost
from funsearch.scoping import scoped
from language_models import ChatBackend, ModelError, Usage
from programs import ToolSpecification, ToolSpecificationError
from sandbox.opening import BackendName, open_sandbox
from tool_bank import SERVED, ToolBank, ToolNotFound

Create: TypeAlias = Callable[[ToolSpecification, Plan], Creation]

_EVOLVING = threading.Lock()  # Ray is one to a process, and so is the evolution of a tool


@dataclass(frozen=True)
class CreationLimits:
    """What the tools of one request may cost.

    Attributes:
        minutes: Wall time of each.
        tools: How many may be ordered.
        seed: Of their making.
        samplers: Of evolution; None takes the default ones.
    """

    minutes: float = 5.0
    tools: int = 3
    seed: int = 0
    samplers: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Created:
    """What came of an order.

    Attributes:
        name: What the tool is called by; for one that the bank has under another name, that name.
        outcome: Of `funsearch.creation.Creation`; "refused" where nothing was made.
        why: The reason of an outcome other than "active".
    """

    name: str
    outcome: str
    why: str = ""

    @property
    def error(self) -> str:
        """Why there is no tool that can be called; "" where there is one."""
        if self.outcome in ("refused", "candidate"):
            return f"{self.name} was not made: {self.why}"
        return ""


class Creating:
    """An order under way."""

    def __init__(self, future: Future[Created]) -> None:
        self._future = future

    def wait(self) -> None:
        """Waits until `result` returns at once."""
        self._future.exception()

    def result(self) -> Created:
        """Returns what came of it, once it is there; raises what ended the work."""
        return self._future.result()


class Ended(Exception):
    """Nobody waits for the tool any more."""


class ToolCreator:
    """Takes the orders of one request; they are made one after the other, beside its other work.

    Args:
        create: Makes a tool (`maker`).
        operations: Of the request: no tool is made twice for it.
        bank: Where tools go.
        limits: What they may cost.
        reserved: Names that no tool may take: those of actions and of the loop's own tools.
    """

    def __init__(
        self,
        create: Create,
        operations: Operations,
        bank: ToolBank,
        limits: CreationLimits | None = None,
        reserved: Collection[str] = (),
    ) -> None:
        self._create = create
        self._operations = operations
        self._bank = bank
        self._limits = limits or CreationLimits()
        self._reserved = frozenset(reserved)
        self._orders: dict[ToolOrder, Creating] = {}
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="creator")
        self._is_ended = threading.Event()
        self._begun_count = 0

    def order(self, order: ToolOrder, requests: Sequence[str] = ()) -> Creating:
        """Begins to make a tool, or returns what the same order has come to before.

        Args:
            order: What is wanted.
            requests: Requests in their users' words that the tool shall serve: how general it should be.
        """
        if order not in self._orders:
            self._orders[order] = self._begun(order, tuple(requests))
        return self._orders[order]

    def end(self) -> None:
        """Ends what is under way, and waits for that."""
        self._is_ended.set()
        self.wait()

    def wait(self) -> None:
        """Waits until nothing is under way; what was raised there is told by `Creating.result`."""
        for creating in self._orders.values():
            creating.wait()

    def _begun(self, order: ToolOrder, requests: tuple[str, ...]) -> Creating:
        try:
            specification = self._specification(order, requests)
        except (ToolSpecificationError, CreationError) as error:
            return Creating(_done(Created(order.name, "refused", str(error))))
        self._begun_count += 1
        return Creating(self._threads.submit(self._made, order, specification))

    def _specification(self, order: ToolOrder, requests: tuple[str, ...]) -> ToolSpecification:
        """Returns what the tool must do; raises where the order is turned away before any work."""
        if order.name in self._reserved:
            raise CreationError(
                f"name {order.name!r}: it belongs to something else that can be called; choose another name"
            )
        if self._begun_count >= self._limits.tools:
            raise CreationError(
                f"expected at most {self._limits.tools} orders for one request; use the tools that are there"
            )
        return ToolSpecification(
            order.name, order.description, order.signature, order.examples, requests=requests
        )

    def _made(self, order: ToolOrder, specification: ToolSpecification) -> Created:
        done: list[Json] = []

        def do() -> Json:
            done.append(self._do(specification))
            return done[0]

        try:
            kept = dict(self._operations.once("create", asdict(order), do))
        except WorkersLost:
            raise
        except (ModelError, FunsearchError) as error:  # not kept: another time it may go better
            return Created(order.name, "refused", str(error))
        tokens = kept.pop("tokens", 0)
        if not done:  # nobody reads again what was asked for it, and it was paid nevertheless
            self._operations.meter.add(usage=Usage(tokens, 0))
        return Created(**kept)

    def _do(self, specification: ToolSpecification) -> dict[str, Json]:
        try:
            made = self._create(specification, self._plan())
        except (ToolSpecificationError, CreationError) as error:
            return asdict(Created(specification.name, "refused", str(error)))
        created = Created(self._name_of(made), made.outcome, made.why)
        return {**asdict(created), "tokens": made.spent.tokens}

    def _plan(self) -> Plan:
        limits = self._limits
        return Plan(limits.seed, limits.minutes, check=self._check, samplers=limits.samplers)

    def _check(self) -> None:
        if self._is_ended.is_set():
            raise Ended
        self._operations.check()

    def _name_of(self, made: Creation) -> str:
        """Returns the name by which calls of the tool are answered, with the parameters that are shown."""
        name = made.specification.name
        try:
            tool = self._bank.get(name)
        except ToolNotFound:
            return name
        return tool.name if tool.status in SERVED else name


def _done(created: Created) -> Future[Created]:
    future: Future[Created] = Future()
    future.set_result(created)
    return future


def maker(backend: ChatBackend, bank: ToolBank, sandbox: BackendName = "auto") -> Create:
    """Returns what makes tools with a model and a sandbox of their own.

    Args:
        backend: Writes drafts; that of the request, so that it is metered.
        bank: Takes the tools in.
        sandbox: Which backend runs them.
    """

    def make(specification: ToolSpecification, plan: Plan) -> Creation:
        while not _EVOLVING.acquire(timeout=1.0):
            plan.check()
        try:
            with open_sandbox(sandbox, packages=()) as box:
                return create(scoped(specification, backend, plan.seed), backend, box, bank, plan)
        finally:
            _EVOLVING.release()

    return make
