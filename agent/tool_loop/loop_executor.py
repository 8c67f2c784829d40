"""Fulfils a request by letting a model call tools, one reply after the other, until it answers.

This is the loop that chat models are taught: the model is offered tools, calls some, sees the results, and
goes on. Beside the tools of the bank it may find others, have one made, ask the user, and answer. Whatever it
does wrong is told back to it; what it does wrong again and again ends the loop with an error.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.channel import Channel
from agent.errors import Suspended
from agent.quoted_data import as_data, cut
from agent.request import Json
from agent.tool_creator import Creating, ToolCreator
from agent.tool_face import ToolFace
from agent.tool_loop.agent_tools import (
    ANSWER,
    ASK,
    BUILT_IN,
    CREATE,
    FIND,
    FORMATS,
    LONGEST_QUESTION,
    order_of,
)
from agent.tool_loop.final_answer import UnknownCall, final_answer
from agent.tool_loop.loop_prompt import first_messages
from agent.tool_loop.loop_task import LoopExecution, LoopTask
from agent.toolbox import ToolAnswer, Toolbox
from agent.trace_entry import TraceEntry, TraceKind
from language_models import (
    CallParser,
    Chat,
    ChatFailed,
    ContextOverflow,
    Conversation,
    ReadCall,
    ToolFormat,
    ToolReply,
    tool_format,
)

MOST_ROUNDS = 12
SAME_FAILURES = 3  # of one call, until the loop ends
UNREADABLE = 3  # replies in a row, until the loop ends
NOTHING = "(a call that cannot be read)"
STALE_ROUNDS = 3  # in a row that call nothing new
FOUND = 5  # tools of one search
MOST_FACES = 30  # offered at once; the oldest finds go first


class _Stuck(Exception):
    """The loop leads nowhere; the message says why."""


class LoopExecutor:
    """Runs the loop.

    Args:
        chat: Who decides; it should sample coolly.
        toolbox: What may be called.
        channel: To the user; None: nothing may be asked.
        creator: Makes tools; None: none may be made.
        most_rounds: Replies until the loop gives up.
    """

    def __init__(
        self,
        chat: Chat,
        toolbox: Toolbox,
        channel: Channel | None = None,
        creator: ToolCreator | None = None,
        *,
        most_rounds: int = MOST_ROUNDS,
    ) -> None:
        self._chat = chat
        self._toolbox = toolbox
        self._channel = channel
        self._creator = creator
        self._most_rounds = most_rounds

    def execute(self, task: LoopTask) -> LoopExecution:
        """Returns the answer, or why there is none.

        Raises:
            Suspended: The user was asked; what is being made is finished first.
            BudgetExhausted: The request has used up what it may.
            Canceled: The user has taken it back.
            ModelError: The model cannot be reached.
        """
        loop = _Loop(self._chat, self._toolbox, self._channel, self._creator, task)
        try:
            return loop.run(self._most_rounds)
        except Suspended:
            if self._creator is not None:
                self._creator.wait()
            raise
        except BaseException:
            if self._creator is not None:
                self._creator.end()
            raise


class _Answered(Exception):
    """The end of the loop, and no error."""

    def __init__(self, value: Json) -> None:
        super().__init__()
        self.value = value


class _Loop:
    """One run of the loop: the conversation, and what may be called by now."""

    def __init__(
        self,
        chat: Chat,
        toolbox: Toolbox,
        channel: Channel | None,
        creator: ToolCreator | None,
        task: LoopTask,
    ) -> None:
        self._chat = chat
        self._toolbox = toolbox
        self._channel = channel
        self._creator = creator
        self._task = task
        self._formats: dict[str, ToolFormat] = {}
        self._trace: list[TraceEntry] = []
        self._created: list[str] = []
        self._failures: Counter[str] = Counter()
        self._called: dict[str, ToolAnswer] = {}
        self._round = 0
        for face in task.faces:
            self._offer(face)
        self._own = [
            made
            for name, made in FORMATS.items()
            if (name != ASK or channel is not None) and (name != CREATE or creator is not None)
        ]
        self._conversation = first_messages(task, may_create=creator is not None)

    def run(self, most_rounds: int) -> LoopExecution:
        """Returns what came of it."""
        value, error = None, f"no answer within {most_rounds} replies"
        stale = 0
        try:
            for self._round in range(1, most_rounds + 1):
                known = len(self._called)
                self._answer_calls(self._replied())
                stale = 0 if len(self._called) > known else stale + 1
                if stale >= STALE_ROUNDS:
                    raise _Stuck(f"no progress: {STALE_ROUNDS} replies in a row called nothing new")
        except _Answered as answered:
            value, error = answered.value, ""
            self._note("model", ANSWER, {}, ToolAnswer(value))
        except (_Stuck, ContextOverflow) as stuck:
            error = str(stuck)
        return LoopExecution(value, error, tuple(self._trace), tuple(self._created))

    # -- replies ---------------------------------------------------------------------------------------

    def _replied(self) -> tuple[ReadCall, ...]:
        """Returns the calls of the next reply that can be used; raises `_Answered` where it is the answer."""
        problem = ""
        for _ in range(UNREADABLE):
            try:
                reply = self._ask()
                if reply.calls:
                    return reply.calls
                raise _Answered(final_answer(reply.text))
            except UnknownCall as unknown:
                problem = f"There is no tool {unknown.name!r}. {self._known()}"
            except ChatFailed as failed:
                attempt = failed.attempts[-1]
                self._conversation = self._conversation.with_assistant(attempt.reply.text or NOTHING)
                problem = f"That cannot be used: {attempt.error}. {self._known()}"
            self._conversation = self._conversation.with_user(problem)
        raise _Stuck(f"{UNREADABLE} replies in a row could not be used. {problem}")

    def _ask(self) -> ToolReply:
        """Returns the next reply; its calls bear names of our own, as a model may give two calls one name."""
        answer = self._chat.ask(self._conversation, self._parser(), attempts=1)
        *before, last = answer.conversation.messages
        names = [f"call_{self._round}_{number}" for number in range(len(last.tool_calls))]
        calls = [replace(call, id=name) for call, name in zip(last.tool_calls, names, strict=True)]
        self._conversation = Conversation((*before, replace(last, tool_calls=tuple(calls))))
        read = answer.value.calls
        return ToolReply(
            answer.value.text, tuple(replace(call, id=id) for call, id in zip(read, names, strict=True))
        )

    def _parser(self) -> CallParser:
        return CallParser([*self._formats.values(), *self._own])

    def _known(self) -> str:
        names = ", ".join([*self._formats, *(made.name for made in self._own)])
        return f"You can call {names}. Call one of them, or end with {ANSWER}."

    # -- calls -----------------------------------------------------------------------------------------

    def _answer_calls(self, calls: Sequence[ReadCall]) -> None:
        """Makes the calls of one reply; what has to be made begins first, and the others go on beside it."""
        orders = [(call, self._ordered(call)) for call in calls if call.name == CREATE]
        alone = len(calls) == 1
        answers = {call.id: self._answer_call(call, alone=alone) for call in calls if call.name != CREATE}
        answers |= {call.id: self._created_by(call, creating) for call, creating in orders}
        for call in calls:
            told = self._told(answers[call.id])
            self._conversation = self._conversation.with_tool_result(call.id, told)
        self._require_new_failures()

    def _ordered(self, call: ReadCall) -> Creating:
        assert self._creator is not None  # it is offered only then
        return self._creator.order(order_of(call.arguments), (self._task.wish.objective,))

    def _answer_call(self, call: ReadCall, *, alone: bool) -> ToolAnswer:
        match call.name:
            case "answer" if alone:
                raise _Answered(call.arguments["value"])
            case "answer":
                return ToolAnswer(error=f"{ANSWER}: look at the other results first, then call it alone")
            case "ask_user":
                return self._asked(call.arguments["question"])
            case "find_tools":
                return self._found(call.arguments["query"])
        return self._called_tool(call.name, call.arguments)

    def _called_tool(self, name: str, arguments: Mapping[str, Json]) -> ToolAnswer:
        mark = _mark(name, arguments)
        answer = self._toolbox.call(name, arguments)
        if answer.error:
            self._failures[mark] += 1
        self._called.setdefault(mark, answer)
        self._note("tool", name, arguments, answer)
        return answer

    def _asked(self, question: str) -> ToolAnswer:
        assert self._channel is not None  # it is offered only then
        arguments = {"question": cut(" ".join(question.split()), LONGEST_QUESTION)}
        if not arguments["question"]:
            return ToolAnswer(error=f"{ASK}: expected a question, found nothing")
        answer = ToolAnswer(self._channel.ask(arguments["question"], "information"))
        self._called.setdefault(_mark(ASK, arguments), answer)
        self._note("user", ASK, arguments, answer)
        return answer

    def _found(self, query: str) -> ToolAnswer:
        faces = self._toolbox.search(query, FOUND) if query.strip() else []
        offered = [face for face in faces if self._offer(face)]
        self._called.setdefault(_mark(FIND, {"query": query}), ToolAnswer())
        if not offered:
            return ToolAnswer([], f"{FIND}: no tool fits {query!r:.100}")
        return ToolAnswer([f"{face.name}{face.signature}" for face in offered])

    def _created_by(self, call: ReadCall, creating: Creating) -> ToolAnswer:
        created = creating.result()
        self._called.setdefault(_mark(CREATE, call.arguments), ToolAnswer())
        face = None if created.error else self._toolbox.face(created.name)
        if face is None or not self._offer(face):
            answer = ToolAnswer(error=created.error or f"{created.name} was made, and cannot be called")
            self._failures[_mark(CREATE, call.arguments)] += 1
        else:
            answer = ToolAnswer(f"you can call {face.name}{face.signature} now")
            if created.outcome in ("active", "provisional"):
                self._created.append(face.name)
        self._note("model", CREATE, call.arguments, answer)
        return answer

    # -- what may be called, and what is told ------------------------------------------------------------

    def _offer(self, face: ToolFace) -> bool:
        """Offers a tool from now on; returns whether chat models can be told of it."""
        try:
            made = tool_format({"function": {"name": face.name, "parameters": dict(face.parameters),
                                             "description": face.description}})  # fmt: skip
        except ValueError:
            return False
        if face.name in BUILT_IN:
            return False
        self._formats.pop(face.name, None)
        self._formats[face.name] = made
        while len(self._formats) > MOST_FACES:
            del self._formats[next(iter(self._formats))]
        return True

    def _told(self, answer: ToolAnswer) -> str:
        return as_data({"error": answer.error} if answer.error else {"result": answer.value})

    def _require_new_failures(self) -> None:
        for mark, count in self._failures.items():
            if count >= SAME_FAILURES:
                raise _Stuck(f"the same call failed {count} times: {cut(mark, 300)}")

    def _note(self, kind: TraceKind, name: str, arguments: Mapping[str, Json], answer: ToolAnswer) -> None:
        self._trace.append(TraceEntry(kind, self._round, name, dict(arguments), answer.value, answer.error))


def _mark(name: str, arguments: Mapping[str, Json]) -> str:
    return f"{name}({json.dumps(dict(arguments), sort_keys=True, ensure_ascii=False)})"
