"""Our own tools: find, describe and call what the bank has, and have made what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from agent.errors import RequestNotFound, StepRefused
from agent.request import ENDED, Request, State, ToolOrder
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide
from service.mcp_door import forms
from service.mcp_door.offer import Given, Hints, Offer, given
from service.mcp_door.order_name import name_for
from service.web.request_workers import RequestWorkers
from tool_bank import Tool, ToolBank

LAST_PROGRESS = 5  # entries that a status tells
LONGEST_SHOWN = 500  # characters of a description in a list

# A call runs in a sandbox without network and is forgotten with it: so it only reads, whatever the tool says.
READS = Hints(reads_only=True)
ORDERS = Hints(reads_only=False, is_idempotent=False)
ANSWERS = Hints(reads_only=False, is_idempotent=False)


@dataclass(frozen=True)
class OwnTool:
    """One of our tools.

    Attributes:
        description: What it is for; its name is that of its method.
        takes: Its arguments.
        gives: Its result.
        hints: Its effects.
        run: Does it.
    """

    description: str
    takes: type[BaseModel]
    gives: type[BaseModel]
    hints: Hints
    run: Callable[[Any], BaseModel]

    def offer(self, name: str) -> Offer:
        """Returns it as clients see it."""
        return Offer(
            name,
            self.description,
            self.takes.model_json_schema(),
            self.gives.model_json_schema(mode="serialization"),
            self.hints,
        )


class WrongArguments(Exception):
    """Arguments that do not fit; the message says which, and what would."""


class OwnTools:
    """Answers calls of our own tools.

    Args:
        bank: What is searched and called.
        requests: Where orders are filed.
        workers: Those who work on the orders.
    """

    def __init__(self, bank: ToolBank, requests: RequestStore, workers: RequestWorkers) -> None:
        self._bank = bank
        self._requests = requests
        self._user = UserSide(requests)
        self._workers = workers
        self._tools: Mapping[str, OwnTool] = {
            "search_tools": OwnTool(
                "Find tools in the bank by what they do, the best first. Call one with call_tool.",
                forms.SearchFor, forms.FoundTools, READS, self._search,
            ),
            "describe_tool": OwnTool(
                "Tell all that a caller needs to know of a tool: parameters, result, example calls.",
                forms.Describe, forms.ToolCard, READS, self._describe,
            ),
            "call_tool": OwnTool(
                "Call a tool of the bank by name; it runs in a sandbox without network.",
                forms.CallOf, forms.Called, READS, self._call,
            ),
            "request_tool": OwnTool(
                "Order a tool that the bank lacks (search first). It is made and tested in the background, "
                "which takes minutes: ask tool_request_status with the id that is returned.",
                forms.ToolWish, forms.ToolOrdered, ORDERS, self._order,
            ),
            "tool_request_status": OwnTool(
                "Tell how an ordered tool stands: its state, an open question, its name once it is made.",
                forms.OrderId, forms.OrderStatus, READS, self._status,
            ),
            "answer_tool_request": OwnTool(
                "Answer the question that an ordered tool waits for; the work then goes on.",
                forms.OrderAnswer, forms.OrderStatus, ANSWERS, self._answer,
            ),
        }  # fmt: skip

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def offers(self) -> list[Offer]:
        """Returns all of them, always in the same order."""
        return [tool.offer(name) for name, tool in self._tools.items()]

    def call(self, name: str, arguments: Mapping[str, Any]) -> Given:
        """Returns what came of a call; raises the house's errors, and `WrongArguments`."""
        tool = self._tools[name]
        try:
            read = tool.takes.model_validate(dict(arguments))
        except ValidationError as error:
            raise WrongArguments(_in_words(name, tool.takes, error)) from error
        return given(tool.run(read).model_dump(mode="python"))

    def _search(self, asked: forms.SearchFor) -> forms.FoundTools:
        matches = self._bank.search(asked.query, asked.k)
        return forms.FoundTools(tools=[_found(match.tool, match.score) for match in matches])

    def _describe(self, asked: forms.Describe) -> forms.ToolCard:
        told, tool = self._bank.describe(asked.name), self._bank.get(asked.name)
        return forms.ToolCard(
            name=told.name,
            description=told.description,
            signature=told.signature,
            documentation=told.documentation,
            parameters=told.parameters,
            returns=told.returns,
            examples=[_example(test.arguments, test.expected) for test in told.examples],
            version=tool.version,
            status=tool.status,
            scores=tool.scores,
        )

    def _call(self, asked: forms.CallOf) -> forms.Called:
        return forms.Called(result=self._bank.call(asked.name, asked.arguments))

    def _order(self, asked: forms.ToolWish) -> forms.ToolOrdered:
        taken = {*self._bank.names(), *self._tools}
        name = asked.name or name_for(asked.description, asked.examples, taken)
        fields = {
            "objective": f"Make the tool {name}: {asked.description}"[:20_000],
            "tool": {
                "name": name, "description": asked.description,
                "examples": asked.examples, "signature": asked.signature,
            },
        }  # fmt: skip
        order = ToolOrder(name, asked.description, tuple(asked.examples), asked.signature)
        request = self._open(order) or self._user.create(fields)
        return forms.ToolOrdered(id=request.id, name=name, state=request.state)

    def _open(self, order: ToolOrder) -> Request | None:
        """Returns the request of the same order that has not ended: it is not filed twice."""
        open_ones = self._requests.all([state for state in State if state not in ENDED])
        return next((found for found in open_ones if found.wish.tool == order), None)

    def _status(self, asked: forms.OrderId) -> forms.OrderStatus:
        return self._told(self._ordered(asked.id))

    def _answer(self, asked: forms.OrderAnswer) -> forms.OrderStatus:
        found = self._ordered(asked.id)
        if found.question is not None and found.question.kind == "consent":
            raise StepRefused(
                f"request {found.id}: it asks for consent, which a person must give: "
                f"`funsearch requests answer {found.id} ...`"
            )
        question = None if found.question is None else found.question.id
        return self._told(self._user.answer(asked.id, asked.answer, question))

    def _ordered(self, id: str) -> Request:
        """Returns an order; the requests of people are none of a client's business."""
        found = self._user.get(id)
        if found.wish.tool is None:
            raise RequestNotFound(f"request {id!r}: expected the id that request_tool gave, found another's")
        return found

    def _told(self, found: Request) -> forms.OrderStatus:
        assert found.wish.tool is not None
        outcome, question = found.outcome, found.question
        progress = [e.detail["text"] for e in self._requests.events(found.id) if e.kind == "progress"]
        is_made = found.state is State.SUCCEEDED and outcome is not None
        return forms.OrderStatus(
            id=found.id,
            state=found.state,
            name=found.wish.tool.name,
            question=None if question is None else forms.AskedBack(**vars(question)),
            result=str(outcome.value) if is_made and outcome is not None else None,
            summary="" if outcome is None else outcome.summary,
            progress=progress[-LAST_PROGRESS:],
            fault="" if found.state in ENDED else self._workers.fault,
        )


def _found(tool: Tool, score: float) -> forms.FoundTool:
    return forms.FoundTool(
        name=tool.name,
        description=tool.description[:LONGEST_SHOWN],
        signature=tool.signature.text,
        score=score,
        version=tool.version,
    )


def _example(arguments: Mapping[str, Any], expected: object) -> forms.ExampleCall:
    return forms.ExampleCall(arguments=dict(arguments), result=expected)


def _in_words(name: str, takes: type[BaseModel], error: ValidationError) -> str:
    """Returns what was wrong with arguments, one by one, and what is taken."""
    wrong = [
        f"{'.'.join(map(str, each['loc'])) or 'arguments'}: {each['msg']}, found {each.get('input')!r:.80}"
        for each in error.errors(include_url=False)[:5]
    ]
    taken = ", ".join(
        f"{field}{'' if info.is_required() else '?'}" for field, info in takes.model_fields.items()
    )
    return f"{name} takes {taken}; {'; '.join(wrong)}"
