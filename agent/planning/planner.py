"""Plans: small programs of tool calls, written by a model that sees signatures and no source."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.chain_of_code.plan import ANSWERS, PlanRefused, read_plan
from agent.chain_of_code.plan_names import bound_in
from agent.knowledge.context import Context
from agent.knowledge.document_actions import READ
from agent.knowledge.keeping import Keeping, NothingKept
from agent.knowledge.plan_examples import PlanExample, PlanExamples
from agent.planning.opened_documents import reading_documents
from agent.planning.planner_prompt import Evidence, first_messages
from agent.request import Wish
from agent.tool_face import ToolFace
from language_models import Chat, ChatFailed, CodeParser, Completion, ParseError
from language_models.parser import Forms
from language_models.reply_text import code_of
from programs.code_manipulation import lines_of

ATTEMPTS = 2
EXAMPLES = 1  # plans of similar requests that are shown


@dataclass(frozen=True)
class PlanTask:
    """What is to be planned.

    Attributes:
        wish: What is wanted.
        context: What is known for it.
        faces: Tools that may be called.
        evidence: Plans that failed, the latest last.
        sketch: Calls that the model would make, said before it saw the tools.
        unseen: Tools that it may call as well, and is not shown.
    """

    wish: Wish
    context: Context = field(default_factory=Context)
    faces: tuple[ToolFace, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    sketch: tuple[str, ...] = ()
    unseen: tuple[ToolFace, ...] = ()


@dataclass(frozen=True)
class PlanParser:
    """Reads a plan that can run, as far as that can be seen without running it.

    A call of a function that is neither a tool nor defined would be answered by a model. That may be meant,
    but is more often a tool by a wrong name, so it is told back; where the model insists, the plan stands.

    Attributes:
        tools: What it may call, by name.
    """

    tools: Mapping[str, ToolFace]

    @property
    def forms(self) -> Forms:
        """Asks for one block of Python."""
        return CodeParser().forms

    def parse(self, reply: Completion) -> str:
        """Returns the plan's source; raises `ParseError` with its problems."""
        source = _with_answer(CodeParser().parse(reply))
        if READ in self.tools and "open(" in source:
            source = reading_documents(source)
        try:
            plan = read_plan(source, self.tools)
        except PlanRefused as refused:
            raise ParseError("a plan that can run", "; ".join(refused.problems)) from refused
        invented = sorted(plan.functions.keys() - _defined(source))
        if invented and self.tools:
            raise ParseError(
                f"calls of the tools {', '.join(self.tools)}, or a definition with a docstring and `...`",
                f"calls of {', '.join(invented)}, which nothing defines",
            )
        return source


def _with_answer(source: str) -> str:
    """Returns a plan that binds what it prints last, where it binds no answer."""
    body = ast.parse(source).body
    if any(name in ANSWERS for node in body for name in bound_in(node)):
        return source
    match body[-1:]:
        case [ast.Expr(ast.Call(func=ast.Name("print"), args=[value], keywords=[])) as last] if (
            not last.col_offset
        ):
            before = "".join(lines_of(source)[: last.lineno - 1])
            return f"{before}{ANSWERS[0]} = {ast.unparse(value)}\n"
    return source


def _defined(source: str) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}


class Planner:
    """Writes the plans of one request.

    Args:
        chat: The model.
        again: The model for further plans, which should sample more warmly: a cool one repeats itself.
        examples: Plans that succeeded; None: there are none.
        request: Id of the request, whose own plan is no example.
        keeping: Keeps which examples were found, so that a rerun is shown the same.
    """

    def __init__(
        self,
        chat: Chat,
        examples: PlanExamples | None = None,
        *,
        again: Chat | None = None,
        request: str = "",
        keeping: Keeping | None = None,
    ) -> None:
        self._chat = chat
        self._again = again or chat
        self._examples = examples
        self._request = request
        self._keeping: Keeping = keeping or NothingKept()

    def plan(self, task: PlanTask) -> str:
        """Returns the source of a plan; where no attempt gave one that can run, the last attempt.

        Raises:
            language_models.ModelError: The model failed.
        """
        conversation = first_messages(
            task.wish, task.context.as_text(), task.faces, self._similar(task), task.evidence, task.sketch
        )
        parser = PlanParser({face.name: face for face in (*task.faces, *task.unseen)})
        try:
            chat = self._again if task.evidence else self._chat
            return chat.ask(conversation, parser, attempts=ATTEMPTS).value
        except ChatFailed as failed:
            return code_of(failed.attempts[-1].reply.text)

    def _similar(self, task: PlanTask) -> list[PlanExample]:
        examples = self._examples
        if examples is None:
            return []
        objective = task.wish.objective
        kept = self._keeping.once(
            "plans",
            {"objective": objective},
            lambda: [
                [found.request, found.objective, found.source, list(found.tools), found.likeness]
                for found in examples.similar(objective, EXAMPLES, but=self._request)
            ],
        )
        return [
            PlanExample(name, told, source, tuple(tools), like) for name, told, source, tools, like in kept
        ]
