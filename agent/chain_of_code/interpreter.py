"""Runs plans: Python in a sandbox, in which tools, the user and a model answer for what Python does not know.

    from agent.chain_of_code.emulation import Emulator
    from agent.chain_of_code.interpreter import Interpreter
    from language_models import Chat
    from sandbox import open_sandbox

    program = '''
    reviews = ["I love it", "It broke on day one", "Best buy ever"]
    good = [review for review in reviews if is_positive(review)]
    answer = f"{len(good)} of {len(reviews)} are positive"
    '''
    with open_sandbox() as sandbox:
        execution = Interpreter(sandbox, emulator=Emulator(Chat(backend))).run(program)
    execution.value    # "2 of 3 are positive"
    execution.error    # "", else type, message and line
    execution.trace    # each call and what it gave, and each variable, with who gave it

What a program may be. Any Python of the standard library's pure modules (and numpy), in one process whose
state is kept throughout. It comes to its variable `answer`, else `result`, else the value of its last
expression that has one (or what it printed last, at its top level, by `print(value)`), else what it printed
last wherever that was, as JSON: tuples and
sets are lists, objects of its own classes their attributes. It may end early by `exit()`.

Who answers. A name that is called, and that neither the program nor Python defines, is
- a tool, where `tools` has one of that name: `call(name, arguments)` is asked, and an error that it gives is
  raised in the program as `ToolError`, a RuntimeError;
- `ask_user(question)` (and `input`): `ask(question)` is asked for a text;
- else a semantic function: the model answers that one call, of the type that its place asks for (`if f(x)` a
  bool, `f(x) + 1` a number, `for y in f(x)` a list, `x: str = f(y)` a text). A function that is defined
  with nothing but a docstring, `...` or `pass` is semantic, too, with its annotations. So are functions that
  are handed over, as in `sorted(words, key=urgency)`, or to the plan's own function that calls them. The same
  call is asked once.

What is an error. Whatever Python raises: a NameError of a variable, a KeyError, a failed `assert`, and what
uses too much time or memory. It is told in `Execution.error` with its line; no model is asked about it. What
can be seen without running it is told as "PlanRefused". Exceptions of the answering side that end the work
(`agent.errors`, `ModelError`, `SandboxError`) pass through `run`.

Twice. A call of a tool that succeeded, and an answer of the user, is given again to the next program of the
same interpreter that makes the same call, as often as it was made: a corrected program repeats no effect. The
sandbox gives sets the same order in every run and seeds `random`, and programs have no clock; so a program
that is run again makes the same calls in the same order.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.resources import files

from agent.chain_of_code.emulation import EmulationFailed, Emulator, SemanticCall
from agent.chain_of_code.execution import CallMessage, Execution, Malformed, Message, PlanError, read_message
from agent.chain_of_code.plan import Plan, PlanRefused, read_plan
from agent.chain_of_code.plan_names import ASK_USER, INPUT
from agent.chain_of_code.semantic import REQUIRED, Parameters, WrongArguments
from agent.request import Json
from agent.tool_face import ToolFace
from agent.toolbox import ToolAnswer
from agent.trace_entry import TraceEntry, TraceKind
from sandbox import Limits, Outcome, Sandbox, Session

GUEST = (files("agent.chain_of_code") / "interpreter_guest.py").read_text(encoding="utf-8")
LIMITS = Limits(wall_seconds=30.0, memory_bytes=1 << 30, output_bytes=4 << 20, processes=16)
CALLS = 300  # of one run
LEAST_SECONDS = 0.2  # for a plan that has used up its time, to come to its end
SHOWN = 500  # characters of a value in the trace
MOST_ENTRIES = 1000  # of a trace
_STATUSES = {
    "timed_out": "TimedOut", "memory_exceeded": "MemoryExceeded", "output_exceeded": "OutputExceeded",
    "crashed": "Crashed", "rejected": "Rejected", "raised": "Crashed",
}  # fmt: skip

CallTool = Callable[[str, Mapping[str, Json]], ToolAnswer]
AskUser = Callable[[str], str]


@dataclass(frozen=True)
class _Answer:
    """What is told to a plan that waits: a value, or an error of a kind that the guest knows."""

    kind: str
    value: Json
    origin: TraceKind
    arguments: Mapping[str, Json] = field(default_factory=dict)

    @property
    def error(self) -> str:
        """Why there is no value; "" where there is."""
        return "" if self.kind == "value" else str(self.value)


class Interpreter:
    """Runs plans for one request; see the head of this file.

    Args:
        sandbox: Where plans run; of its own, because it is occupied while a tool is called.
        call: Calls a tool, as `Toolbox.call` does; None where there are none.
        emulator: Answers semantic calls; None leaves their names undefined.
        ask: Asks the user, as `Channel.ask` does; None where nobody can be asked.
        tools: For programs given as text: what they may call.
        limits: Of one plan: `wall_seconds` is its own time, without what its calls take.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        call: CallTool | None = None,
        emulator: Emulator | None = None,
        ask: AskUser | None = None,
        tools: Mapping[str, ToolFace] | None = None,
        limits: Limits = LIMITS,
    ) -> None:
        self._sandbox = sandbox
        self._call = call
        self._emulator = emulator
        self._ask = ask
        self._tools = tools or {}
        self._limits = limits
        self._done = _Done()

    def run(self, plan: Plan | str) -> Execution:
        """Returns what came of a plan, or of a program's text.

        Raises:
            Suspended: The user is asked something; so do `Canceled`, `BudgetExhausted`, `ModelError` and
                `SandboxError` end the run.
        """
        if isinstance(plan, str):
            try:
                plan = read_plan(plan, self._tools)
            except PlanRefused as refused:
                return Execution(failure=PlanError("PlanRefused", str(refused)))
        self._done.begin()
        with self._sandbox.session(GUEST, limits=self._limits) as session:
            return _Run(plan, session, self._answer, self._limits.wall_seconds).execution()

    def _answer(self, plan: Plan, call: CallMessage, state: Mapping[str, Json]) -> _Answer:
        """Returns who says what to a call; whatever it is made of was said by a stranger."""
        try:
            if call.name in plan.tools:
                return self._tool(plan.tools[call.name], call)
            if call.name in plan.functions:
                return self._semantic(plan, call, state)
            if call.name in (ASK_USER, INPUT):
                return self._user(call)
        except WrongArguments as wrong:
            return _Answer("wrong", str(wrong), "code")
        return _Answer("unknown", f"name {call.name!r} is not defined", "code")

    def _tool(self, face: ToolFace, call: CallMessage) -> _Answer:
        names = Parameters(dict.fromkeys(face.parameters.get("properties", {}), REQUIRED), is_open=True)
        if len(call.positional) > len(names.defaults):
            raise WrongArguments(f"{face.name}{face.signature}: found {len(call.positional)} arguments")
        arguments = names.bind(face.name, call.positional, call.named)

        def do() -> ToolAnswer:
            if self._call is None:
                return ToolAnswer(error=f"{face.name}: there is nobody to call it")
            return self._call(face.name, arguments)

        return self._once("tool", face.name, arguments, do)

    def _user(self, call: CallMessage) -> _Answer:
        arguments = Parameters({"question": ""}, is_open=True).bind(ASK_USER, call.positional, call.named)
        question = str(arguments["question"])

        def do() -> ToolAnswer:
            if self._ask is None:
                return ToolAnswer(error="there is no user who could be asked")
            return ToolAnswer(self._ask(question))

        return self._once("user", ASK_USER, {"question": question}, do)

    def _once(
        self, origin: TraceKind, name: str, arguments: dict[str, Json], do: Callable[[], ToolAnswer]
    ) -> _Answer:
        found = self._done.once(json.dumps([origin, name, arguments], sort_keys=True), do)
        if found.error:
            return _Answer("tool", found.error, origin, arguments)
        return _Answer("value", found.value, origin, arguments)

    def _semantic(self, plan: Plan, call: CallMessage, state: Mapping[str, Json]) -> _Answer:
        if self._emulator is None:
            return _Answer("unknown", f"name {call.name!r} is not defined", "code")
        function = plan.functions[call.name]
        arguments = function.parameters.bind(call.name, call.positional, call.named)
        expected = plan.expected(call.name, (call.line, call.column))
        signature = function.signature if function.types else f"({', '.join(arguments)})"
        asked = SemanticCall(
            call.name, arguments, expected, function.description, signature, _line_of(plan, call.line), state
        )
        try:
            return _Answer("value", self._emulator.answer(asked), "model", arguments)
        except EmulationFailed as failed:
            return _Answer("tool", str(failed), "model", arguments)


class _Done:
    """What tools and the user have answered, for plans that ask the same again."""

    def __init__(self) -> None:
        self._kept: defaultdict[str, list[ToolAnswer]] = defaultdict(list)
        self._seen: Counter[str] = Counter()

    def begin(self) -> None:
        """Begins another plan."""
        self._seen.clear()

    def once(self, key: str, do: Callable[[], ToolAnswer]) -> ToolAnswer:
        """Returns what an earlier plan was answered to the call of the same number; errors are not kept."""
        kept = self._kept[key]
        if self._seen[key] < len(kept):
            answer = kept[self._seen[key]]
        else:
            answer = do()
            if answer.error:
                return answer
            kept.append(answer)
        self._seen[key] += 1
        return answer


class _Run:
    """One plan under way."""

    def __init__(
        self,
        plan: Plan,
        session: Session,
        answer: Callable[[Plan, CallMessage, Mapping[str, Json]], _Answer],
        seconds: float,
    ) -> None:
        self._plan = plan
        self._session = session
        self._answer = answer
        self._trace: list[TraceEntry] = []
        self._last: dict[tuple[str, str], Json] = {}  # what a function of an origin gave last
        self._state: Mapping[str, Json] = {}
        self._seconds = seconds
        self._steps = {step.line: step for step in reversed(plan.steps)}

    def execution(self) -> Execution:
        """Returns what came of it."""
        outcome = self._request("start", self._opening())
        for _ in range(CALLS):
            try:
                message = self._read(outcome)
            except Malformed as malformed:
                return self._failed(PlanError("Rejected", str(malformed)), outcome)
            if message is None:
                return self._failed(_of_outcome(outcome), outcome)
            if message.call is None:
                return self._ended(message, outcome)
            outcome = self._go_on(message.call)
        return self._failed(PlanError("TooManyCalls", f"a plan makes at most {CALLS} calls"), outcome)

    def _opening(self) -> list[Json]:
        plan = self._plan
        steps = [
            {"run": step.kind != "nothing", "names": list(dict.fromkeys([*step.outputs, *step.inputs]))}
            for step in plan.steps
        ]
        kinds = {name: function.returns.type.partition("[")[0] for name, function in plan.functions.items()}
        names = {**kinds, ASK_USER: "", INPUT: "", **dict.fromkeys(plan.tools, "")}
        return [plan.source, steps, names, list(plan.stub_lines)]

    def _go_on(self, call: CallMessage) -> Outcome:
        answer = self._answer(self._plan, call, self._state)
        value = None if answer.error else answer.value
        self._note(
            TraceEntry(
                answer.origin, call.line, call.name, _shown(answer.arguments), shown(value), answer.error
            )
        )
        self._last[call.name, answer.origin] = shown(value)
        try:
            return self._request("resume", [answer.kind, answer.value])
        except ValueError as error:  # a tool's value that cannot cross the border
            return self._request("resume", ["tool", f"{call.name}: {error}"[:SHOWN]])

    def _request(self, function: str, arguments: list[Json]) -> Outcome:
        outcome = self._session.call_many(
            function, [arguments], wall_seconds=max(self._seconds, LEAST_SECONDS)
        )
        self._seconds -= outcome.wall_seconds
        return outcome

    def _read(self, outcome: Outcome) -> Message | None:
        """Returns what the plan says; None where its process says nothing any more."""
        result = outcome.first()
        if not result.ok:
            return None
        message = read_message(result.value)
        self._state = message.state
        for line, values in message.news:
            self._note(TraceEntry(self._origin(line, values), line, "", {}, _shown(values)))
        return message

    def _origin(self, line: int, values: Mapping[str, Json]) -> TraceKind:
        """Returns who gave what a step has bound: not its code, if it is what somebody else gave last."""
        step = self._steps.get(line)
        if step is None or step.origin == "code" or len(step.outputs) != 1 or step.outputs[0] not in values:
            return "code"
        given = [value for (_, origin), value in self._last.items() if origin == step.origin]
        return step.origin if values[step.outputs[0]] in given else "code"

    def _note(self, entry: TraceEntry) -> None:
        if len(self._trace) < MOST_ENTRIES:
            self._trace.append(entry)

    def _ended(self, message: Message, outcome: Outcome) -> Execution:
        if message.error is not None:
            return self._failed(message.error, outcome)
        return Execution(message.value, None, tuple(self._trace), outcome.stdout, dict(message.state))

    def _failed(self, error: PlanError, outcome: Outcome) -> Execution:
        self._note(TraceEntry("code", error.line, error=str(error)))
        error = replace(error, text=_line_of(self._plan, error.line))
        return Execution(None, error, tuple(self._trace), outcome.stdout, dict(self._state))


def shown(value: Json) -> Json:
    """Returns a value as the trace shows it: as it is where it is short, else the beginning of its text."""
    text = repr(value)
    return value if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def _shown(values: Mapping[str, Json]) -> dict[str, Json]:
    return {name: shown(value) for name, value in values.items()}


def _of_outcome(outcome: Outcome) -> PlanError:
    """Returns why the process says nothing any more."""
    if outcome.status == "returned":  # the guest itself raised: it was tampered with, or has no memory left
        return PlanError("Crashed", str(outcome.first().error))
    return PlanError(_STATUSES[outcome.status], str(outcome.error))


def _line_of(plan: Plan, line: int) -> str:
    """Returns a line of a plan; "" where there is none of that number."""
    lines = plan.source.splitlines()
    return lines[line - 1].strip() if 0 < line <= len(lines) else ""
