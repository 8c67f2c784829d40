"""The desk of one request: everything that its work needs, put together for one turn of work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from agent.budget import Meter
from agent.chain_of_code.emulation import Emulator
from agent.chain_of_code.emulation_log import EmulationLog
from agent.chain_of_code.interpreter import Interpreter
from agent.channel import RequestChannel
from agent.chatting.user_memory import UserMemory
from agent.checking.verification import Verifier
from agent.durable_backend import DurableBackend
from agent.knowledge.context import ContextBuilder
from agent.knowledge.document_actions import READ, SEARCH, document_actions
from agent.knowledge.documents import Documents
from agent.knowledge.past import PastOutcomes
from agent.knowledge.plan_examples import PlanExamples
from agent.means import Means
from agent.operations import Operations
from agent.planning.affordance import Affordance
from agent.planning.planner import Planner
from agent.request import Question, Request
from agent.requests.sides import SystemSide
from agent.requests.terms import Terms, terms_of
from agent.tool_creator import ToolCreator, maker
from agent.tool_loop.agent_tools import BUILT_IN
from agent.tool_loop.loop_executor import LoopExecutor
from agent.toolbox import Toolbox, has_tool
from language_models import Chat, ChatBackend, Manner
from tool_bank.database import Database

WARM = 0.6  # temperature of plans after the first
REPLY_TOKENS = 400  # of one reply: a plan is short, and a small model that goes on is lost


@dataclass(frozen=True)
class Desk:
    """What the work on one request needs.

    Attributes:
        means: What the agent works with.
        terms: What the request's constraints say.
        operations: What was done for it.
        toolbox: What it may call.
        context: Finds what is known.
        affordance: Finds the tools.
        planner: Writes plans.
        interpreter: Runs them.
        verifier: Judges answers.
        loop: Calls tools one by one; None: left out.
        creator: Has tools made; None: there is no bank to keep them.
        examples: Plans that succeeded.
        tell: Told what is being done, in words.
    """

    means: Means
    terms: Terms
    operations: Operations
    toolbox: Toolbox
    context: ContextBuilder
    affordance: Affordance
    planner: Planner
    interpreter: Interpreter
    verifier: Verifier
    loop: LoopExecutor | None
    creator: ToolCreator | None
    examples: PlanExamples
    tell: Callable[[str], None]


@contextmanager
def desk_of(request: Request, means: Means, database: Database, side: SystemSide) -> Iterator[Desk]:
    """Puts the desk of a request together, and ends what is under way when the turn is over.

    Raises:
        RequestRefused: Its constraints cannot be held to here.
    """
    allowance = means.allowance
    terms = _terms(request, means)
    meter = Meter(terms.narrowed(allowance.budget))
    operations = Operations(database, request.id, meter, lambda: side.check(request.id))
    backend = DurableBackend(means.backend, operations)
    chat = _chats(backend, allowance.seed)

    def tell(text: str) -> None:
        operations.once("progress", text, lambda: side.progress(request.id, text).state)

    channel = _channel(request, operations, side)
    documents = Documents(database, means.encoder, means.directory)
    examples = PlanExamples(database, means.encoder)
    actions = (*means.actions, *document_actions(documents, request.wish.documents))
    toolbox = Toolbox(operations, channel, request.wish.objective, means.bank, actions, terms.allows)
    creator = _creator(means, terms, backend, operations)
    asked = channel if terms.may_ask else None
    emulator = Emulator(chat("emulate a call"), meter=meter, log=EmulationLog(database, request.id))
    loop = LoopExecutor(chat("call tools"), toolbox, asked, creator, most_rounds=allowance.rounds)
    try:
        yield Desk(
            means=means,
            terms=terms,
            operations=operations,
            toolbox=toolbox,
            context=ContextBuilder(
                chat("context"),
                documents,
                PastOutcomes(database, means.encoder),
                UserMemory(database),
                operations,
            ),
            affordance=Affordance(chat("affordance"), toolbox),
            planner=Planner(
                chat("plan"), examples, again=chat("plan again", WARM), request=request.id, keeping=operations
            ),
            interpreter=Interpreter(means.sandbox, toolbox.call, emulator, asked.ask if asked else None),
            verifier=Verifier(chat("verify"), means.sandbox),
            loop=loop if allowance.rounds else None,
            creator=creator,
            examples=examples,
            tell=tell,
        )
    finally:
        documents.close()
        if creator is not None:
            creator.end()


def _chats(backend: ChatBackend, seed: int) -> Callable[..., Chat]:
    """Returns what makes the chat for a purpose, cool if nothing else is said."""

    def chat(purpose: str, temperature: float = 0.0) -> Chat:
        manner = Manner(max_tokens=REPLY_TOKENS, temperature=temperature, seed=seed)
        return Chat(backend, manner, purpose=f"agent: {purpose}")

    return chat


def _channel(request: Request, operations: Operations, side: SystemSide) -> RequestChannel:
    """Returns the way to the user of a request."""

    def put(question: Question) -> None:
        side.ask(request.id, question)

    return RequestChannel(operations, lambda question: side.answer_to(request.id, question), put)


def _creator(means: Means, terms: Terms, backend: ChatBackend, operations: Operations) -> ToolCreator | None:
    """Returns what has tools made for a request; None where none may be, or nobody would keep them."""
    creation = means.allowance.creation
    if means.bank is None or creation is None or not terms.may_create:
        return None
    reserved = {*(action.name for action in means.actions), *BUILT_IN, READ, SEARCH}
    made_by = maker(backend, means.bank, means.tool_sandbox)
    return ToolCreator(made_by, operations, means.bank, creation, reserved)


def _terms(request: Request, means: Means) -> Terms:
    """Returns what the constraints say, and that no tool is made where none can be."""
    actions = {action.name for action in means.actions}

    def is_tool(name: str) -> bool:
        return name in actions or (means.bank is not None and has_tool(means.bank, name))

    terms = terms_of(request.wish.constraints, is_tool)
    can_create = means.bank is not None and means.allowance.creation is not None
    return terms if can_create else replace(terms, may_create=False)
