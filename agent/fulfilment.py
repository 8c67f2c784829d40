"""The work on one request, from its words to what came of it.

    context → affordance → (tools made) → plan → run → verify → (plan again) → loop of calls

It is one function that may be run again from its beginning (`operations.py`): what it asked of models, tools
and the user before is kept, so it goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agent.chain_of_code.plan import Plan, PlanRefused, read_plan
from agent.checking.stated_value import in_stated_form
from agent.desk import Desk
from agent.knowledge.context import Context
from agent.knowledge.document_actions import READ
from agent.planning.affordance import ToolNeeds
from agent.planning.planner import PlanTask
from agent.planning.planner_prompt import Evidence
from agent.quoted_data import as_data
from agent.request import Json, Outcome, Request, ToolOrder
from agent.tool_face import ToolFace
from agent.tool_loop.loop_task import LoopTask
from agent.toolbox import Toolbox
from agent.trace_entry import TraceEntry, TraceKind

STEPS_SHOWN = 6  # of a plan that failed
SHOWN = 200  # characters of a value


@dataclass(frozen=True)
class Attempt:
    """What one plan, or the loop of calls, came to.

    Attributes:
        value: The answer.
        trace: How it came about.
        unmet: Why it is none, as evidence for the next try; empty where it is one.
        plan: The plan that gave it; "" for the loop of calls.
    """

    value: Json = None
    trace: tuple[TraceEntry, ...] = ()
    unmet: tuple[str, ...] = ()
    plan: str = ""


@dataclass(frozen=True)
class Finished:
    """The end of the work on a request."""

    is_fulfilled: bool
    outcome: Outcome


class Fulfilment:
    """Works on one request at its desk."""

    def __init__(self, request: Request, desk: Desk) -> None:
        self._request = request
        self._desk = desk
        self._created: list[str] = []

    def run(self) -> Finished:
        """Returns whether the request is fulfilled, and what came of it.

        Raises:
            Suspended: The user is asked something.
            Canceled: The user took the request back.
            BudgetExhausted: It has used up what it may.
            language_models.ModelError: The model failed.
            sandbox.SandboxError: The sandbox failed.
        """
        order = self._request.wish.tool
        if order is not None:
            return self._make(order)
        desk, wish = self._desk, self._request.wish
        desk.tell("looking for what is known")
        context = desk.context.build(self._request)
        for told in context.unread:
            desk.tell(f"not read: {told}")
        needs = ToolNeeds()
        if not desk.toolbox.is_empty:
            desk.tell("looking for tools")
            needs = desk.affordance.find(wish, context, desk.terms)
        faces, reading = self._order_missing(needs), self._reading(needs)
        if not context.is_whole:  # else the planner has all that they say before it
            faces, reading = (*faces, *reading), ()
        sketch = tuple(kind.line for kind in needs.kinds)
        result = self._by_plans(PlanTask(wish, context, faces, sketch=sketch, unseen=reading))
        if result.unmet and desk.loop is not None:
            result = self._by_calls(context, faces, result)
        if not result.unmet and result.plan:
            self._keep(result)
        return self._finished(result)

    def _make(self, order: ToolOrder) -> Finished:
        """Works off an order of a tool."""
        if self._desk.creator is None:
            return self.given_up("tools cannot be made here: no tool bank, or the constraints forbid it")
        created = self._desk.creator.order(order, [self._request.wish.objective]).result()
        if created.error:
            return self.given_up(created.error)
        self._created.append(created.name)
        return self._finished(Attempt(created.name))

    def given_up(self, why: str) -> Finished:
        """Returns the end of a request that cannot be fulfilled."""
        return self._finished(Attempt(unmet=(why,)))

    def _keep(self, result: Attempt) -> None:
        """Keeps a plan that succeeded, as an example for others."""
        self._desk.examples.keep(
            self._request.id, self._request.wish.objective, result.plan, self._desk.toolbox.used
        )

    def _order_missing(self, needs: ToolNeeds) -> tuple[ToolFace, ...]:
        """Has the tools made that are missing; returns all that a plan may call."""
        faces = {face.name: face for face in needs.faces}
        creator = self._desk.creator
        if creator is None:
            return tuple(faces.values())
        for order in needs.missing:
            if order.name in faces:
                continue
            self._desk.tell(f"no tool fits: having {order.name} made")
            created = creator.order(order, [self._request.wish.objective]).result()
            if created.error:
                self._desk.tell(created.error)
                continue
            self._created.append(created.name)
            face = self._desk.toolbox.face(created.name)
            if face is not None:
                faces[face.name] = face
        return tuple(faces.values())

    def _reading(self, needs: ToolNeeds) -> tuple[ToolFace, ...]:
        """Returns what reads the documents of the request, where it is not among the tools already."""
        face = self._desk.toolbox.face(READ)
        return () if face is None or face in needs.faces else (face,)

    def _by_plans(self, task: PlanTask) -> Attempt:
        """Returns what plans came to: the first that is right, or the last.

        The last is made from what was wrong with the others, without the sight of them: a small model that
        sees a program writes it again.
        """
        evidence: list[Evidence] = []
        result = Attempt(unmet=("no plan was made",))
        for number in range(self._desk.means.allowance.plans):
            self._desk.tell(f"plan {number + 1}")
            is_last = number > 0 and number + 1 == self._desk.means.allowance.plans
            shown = (replace(one, plan="") for one in evidence) if is_last else evidence
            result = self._planned(replace(task, evidence=tuple(shown)))
            if not result.unmet:
                return result
            self._desk.tell(f"plan {number + 1} failed: {result.unmet[0]:.200}")
            problems = (*result.unmet, *_usages(result.trace, task.faces))
            evidence.append(Evidence(result.plan, problems, _values(result.trace)))
        return result

    def _planned(self, task: PlanTask) -> Attempt:
        source = self._desk.planner.plan(task)
        try:
            plan = self._read(source, task)
        except PlanRefused as refused:
            return Attempt(unmet=refused.problems, plan=source)
        execution = self._desk.interpreter.run(plan)
        result = Attempt(execution.value, execution.trace, plan=source)
        if execution.error:
            return Attempt(None, execution.trace, (execution.error,), source)
        is_said = isinstance(result.value, str) and _gave("model", result)
        return self._verified(result, is_said=is_said)

    def _read(self, source: str, task: PlanTask) -> Plan:
        """Returns a plan that may be run; tools that it knows without having been shown them are given to it.

        Raises:
            PlanRefused: It cannot be run, or calls what the request forbids.
        """
        faces = {face.name: face for face in task.faces}
        plan = read_plan(source, faces)
        known = (self._desk.toolbox.face(name) for name in plan.functions)
        more = {face.name: face for face in known if face is not None}
        forbidden = sorted(plan.functions.keys() & self._desk.terms.never)
        if forbidden:
            raise PlanRefused(tuple(f"{name}: the request forbids this tool" for name in forbidden))
        return read_plan(source, {**faces, **more}) if more else plan

    def _by_calls(self, context: Context, faces: tuple[ToolFace, ...], before: Attempt) -> Attempt:
        """Returns what the loop of calls came to."""
        assert self._desk.loop is not None
        self._desk.tell("no plan is right: calling tools one by one")
        evidence = (*before.unmet, *_done(before.trace, self._desk.toolbox))
        execution = self._desk.loop.execute(LoopTask(self._request.wish, context, faces, evidence))
        self._created += execution.created
        if execution.error:
            return Attempt(None, execution.trace, (*before.unmet, execution.error), before.plan)
        value = in_stated_form(execution.value, self._request.wish.requirements)
        result = Attempt(value, execution.trace)
        is_given = _gave("tool", result) or _gave("user", result)
        return self._verified(result, is_said=not is_given)

    def _verified(self, result: Attempt, *, is_said: bool = False) -> Attempt:
        """Returns the result with what is wrong with it.

        A requirement that nobody could judge is not met. A plan's answer was computed, and a tool's was
        given; what a model only says (`is_said`) must be found right, whatever was required.
        """
        wish = self._request.wish
        requirements = wish.requirements
        if is_said and not requirements:
            requirements = (f"It is an answer to: {wish.objective}",)
        verdict = self._desk.verifier.check(wish.objective, requirements, result.value)
        doubts = (*verdict.unmet, *(f"not verified: {one}" for one in verdict.unverified))
        return Attempt(result.value, result.trace, doubts, result.plan)

    def _finished(self, result: Attempt) -> Finished:
        meter = self._desk.operations.meter
        outcome = Outcome(
            value=result.value,
            summary="; ".join(result.unmet) or f"answer: {json.dumps(result.value, ensure_ascii=False):.500}",
            trace=tuple(entry.as_dict() for entry in result.trace),
            tools=tuple(self._desk.toolbox.used),
            created=tuple(self._created),
            tokens=meter.tokens,
            seconds=round(meter.seconds, 3),
        )
        return Finished(not result.unmet, outcome)


def _usages(trace: Sequence[TraceEntry], faces: Sequence[ToolFace]) -> tuple[str, ...]:
    """Returns how tools are called that were called in vain."""
    failed = {entry.name for entry in trace if entry.error}
    return tuple(
        f"{face.name} is called so: {face.example}" for face in faces if face.name in failed and face.example
    )


def _gave(kind: TraceKind, result: Attempt) -> bool:
    """Tells whether an answer is what a tool, a model or the user gave, unchanged."""
    return any(entry.kind == kind and entry.value == result.value for entry in result.trace)


def _values(trace: Sequence[TraceEntry]) -> tuple[str, ...]:
    """Returns what the last steps of a plan gave, as evidence."""
    told = [f"{entry.name or f'line {entry.line}'} = {as_data(entry.value, SHOWN)}" for entry in trace]
    return tuple(told[-STEPS_SHOWN:])


def _done(trace: Sequence[TraceEntry], toolbox: Toolbox) -> tuple[str, ...]:
    """Returns the actions that a plan has taken, so that they are not taken again."""
    acting = {face.name for face in toolbox.actions if face.has_effects}
    done = [entry for entry in trace if entry.name in acting and not entry.error]
    return tuple(f"done already: {entry.name} with {as_data(entry.arguments, SHOWN)}" for entry in done)
