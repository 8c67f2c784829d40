"""Works requests off: each for one turn at a time, until it ends or waits for its user.

    with open_worker("runs/agent", bank="runs/bank") as worker:
        request = worker.user.create({"objective": "How many seconds are 2d4h?"})
        worker.run(request.id).outcome.value

What a turn was doing when it was broken off goes on in the next one (`operations.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from agent.action import Action
from agent.agent_file import open_record
from agent.chain_of_code.wanted import recurring
from agent.chatting.user_memory import UserMemory
from agent.claim import claimed
from agent.desk import desk_of
from agent.errors import BudgetExhausted, Canceled, RequestRefused, StepRefused, Suspended
from agent.fulfilment import Finished, Fulfilment
from agent.means import Allowance, Means
from agent.request import ENDED, Outcome, Request, State, Wish
from agent.requests.request_store import RequestStore
from agent.requests.sides import SystemSide, UserSide
from funsearch import samplers
from language_models import ChatBackend, ModelError
from sandbox import BackendName, SandboxError, open_sandbox
from tool_bank import ToolBank
from tool_bank.database import Database
from tool_bank.encoder import MiniLMEncoder

CONTEXT_TOKENS = 8192  # of the embedded model
INTERRUPTED = "interrupted, to be continued"  # how the progress begins that tells of failed machinery
ORDERED = "tool-"  # ids of the requests that the agent files itself begin so


class Worker:
    """Works on the requests of one record.

    Args:
        database: The record.
        means: What the agent works with.
    """

    def __init__(self, database: Database, means: Means) -> None:
        self._database = database
        self.means = means
        self.store = RequestStore(database)
        self.user = UserSide(self.store)
        self._system = SystemSide(self.store)
        self.memory = UserMemory(database)

    def run(self, request: str) -> Request:
        """Returns a request after a turn of work: ended, or waiting for its user.

        One that was begun in an earlier life of the program goes on where it was. One that waits, or has
        ended, is returned as it is.

        Raises:
            RequestNotFound: There is none of that id.
            StepRefused: Another process works on it.
            language_models.ModelError: The model failed; the request stays open and goes on another time.
            sandbox.SandboxError: The sandbox failed; likewise.
        """
        found = self.store.get(request)
        if found.state in ENDED or found.state is State.WAITING_FEEDBACK:
            return found
        with claimed(self.means.directory, request):
            if found.state is State.NOT_STARTED:
                found = self._system.status(request, State.IN_PROGRESS)
            while found.state is State.IN_PROGRESS:
                found = self._turn(found)
        return found

    def run_open(self) -> list[Request]:
        """Works on every request that is open and does not wait; returns them as they are then.

        One that another process works on is left to it.
        """
        states = (State.NOT_STARTED, State.IN_PROGRESS)
        return [self._run_if_free(request.id) for request in self.store.all(states)]

    def _run_if_free(self, request: str) -> Request:
        try:
            return self.run(request)
        except StepRefused:
            return self.store.get(request)

    def _turn(self, request: Request) -> Request:
        """Returns the request after one run of its work; its user may have changed it meanwhile."""
        try:
            finished = self._finished(request)
        except (Suspended, Canceled):
            return self.store.get(request.id)
        except StepRefused as refused:
            return self._ended_meanwhile(request.id, refused)
        except (ModelError, SandboxError) as error:
            with suppress(StepRefused):  # it may be over by now
                self._system.progress(request.id, f"{INTERRUPTED}: {error}")
            raise
        if self.store.get(request.id).wish != request.wish:
            return self.store.get(request.id)  # and is worked on again
        try:
            end = State.SUCCEEDED if finished.is_fulfilled else State.FAILED
            ended = self._system.status(request.id, end, finished.outcome)
        except StepRefused:  # it was canceled at the last moment
            return self.store.get(request.id)
        if finished.is_fulfilled:
            self._learn(request, finished)
        return ended

    def _ended_meanwhile(self, request: str, refused: StepRefused) -> Request:
        """Returns a request that refused a step of its work, because its user has taken it back."""
        found = self.store.get(request)
        if found.state not in ENDED:  # it was refused for another reason
            raise refused
        return found

    def _finished(self, request: Request) -> Finished:
        try:
            with desk_of(request, self.means, self._database, self._system) as desk:
                work = Fulfilment(request, desk)
                try:
                    return work.run()
                except BudgetExhausted as error:
                    return work.given_up(f"the budget is used up: {error}")
        except RequestRefused as error:
            return Finished(False, Outcome(summary=str(error)))

    def _learn(self, request: Request, finished: Finished) -> None:
        """Keeps what a success teaches: who serves such requests, and which tools were wanted."""
        bank, used = self.means.bank, finished.outcome.tools
        if bank is None:
            return
        names = set(bank.names())
        if len(used) == 1 and used[0] in names:
            bank.add_queries(used[0], [request.wish.objective[:1000]], "request")
        wanted = [order for order in recurring(self._database) if order.name not in names]
        taken = {known.id for known in self.store.all()} if wanted else set()
        for order in wanted:
            if ORDERED + order.name not in taken:
                wish = Wish(f"Make the tool {order.name}: {order.description}", tool=order)
                self.store.file(wish, ORDERED + order.name)


@contextmanager
def open_worker(
    directory: str | Path,
    *,
    bank: str | Path | ToolBank | None = "runs/bank",
    backend: ChatBackend | None = None,
    sandbox: BackendName = "auto",
    actions: Sequence[Action] = (),
    allowance: Allowance | None = None,
) -> Iterator[Worker]:
    """Opens all that the agent needs.

    Args:
        directory: Holds the agent's record, made where there is none.
        bank: The tool bank or its directory; None: no tools, and none are made.
        backend: The model; None takes the endpoint in the environment, else the embedded model.
        sandbox: Which backend runs plans and tools.
        actions: What else may be called.
        allowance: What the work on one request may use.

    Raises:
        AgentUnavailable: The record cannot be used.
        BankUnavailable: The bank cannot be used.
        ModelUnavailable: There is no model.
        SandboxUnavailable: No sandbox can run here.
    """
    with ExitStack() as stack:
        database = open_record(directory)
        stack.callback(database.close)
        encoder = MiniLMEncoder()
        if isinstance(bank, str | Path):
            bank = stack.enter_context(ToolBank.open(bank, encoder=encoder))
        box = stack.enter_context(open_sandbox(sandbox, packages=()))
        model = backend or stack.enter_context(samplers.chat_backend(CONTEXT_TOKENS))
        means = Means(
            Path(directory), model, box, encoder, bank, tuple(actions), allowance or Allowance(), sandbox
        )
        yield Worker(database, means)
