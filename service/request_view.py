"""Requests as a terminal shows them, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

if TYPE_CHECKING:
    from agent.chatting.user_memory import Fact
    from agent.request import Outcome, Request
    from agent.requests.request_store import RequestEvent

LONGEST_CELL = 70  # characters


def facts_of(request: Request) -> dict[str, Any]:
    """Returns all of a request, for JSON."""
    return {**asdict(request), "state": request.state.value}


def printable(text: str) -> str:
    """Returns a text without what would steer the terminal: users, models and tools wrote it."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def answer_in_words(outcome: Outcome) -> str:
    """Returns the answer as it is printed: a text as it is, all else as JSON."""
    from programs.json_form import json_form

    value = json_form(outcome.value, strict=True)
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def cost_in_words(outcome: Outcome) -> str:
    """Returns what an outcome took."""
    parts = [f"{outcome.tokens} tokens", f"{outcome.seconds:.1f} s"]
    for name, tools in (("used", outcome.tools), ("made", outcome.created)):
        if tools:
            parts.append(f"{name} {', '.join(tools)}")
    return ", ".join(parts)


def request_table(requests: Iterable[Request]) -> Table:
    """Returns requests as a table, the newest last."""
    table = Table("id", "state", "changed", "objective", box=None, header_style="dim")
    for request in requests:
        table.add_row(request.id, request.state, request.changed[:19], _cell(request.wish.objective))
    return table


def card_of(request: Request) -> Table:
    """Returns a request as a card."""
    wish, outcome, table = request.wish, request.outcome, Table.grid(padding=(0, 2))
    rows = {
        "request": request.id,
        "state": request.state.value,
        "objective": wish.objective,
        "requirements": "\n".join(wish.requirements),
        "constraints": "\n".join(wish.constraints),
        "documents": "\n".join(wish.documents),
        "tool": "" if wish.tool is None else f"{wish.tool.name}: {wish.tool.description}",
        "question": "" if request.question is None else request.question.text,
        "answer": "" if outcome is None else answer_in_words(outcome),
        "summary": "" if outcome is None else outcome.summary,
        "cost": "" if outcome is None else cost_in_words(outcome),
    }
    for name, value in rows.items():
        if value:
            table.add_row(name, _plain(value))
    return table


def event_table(events: Iterable[RequestEvent]) -> Table:
    """Returns what happened to a request as a table."""
    table = Table("at", "what", "detail", box=None, header_style="dim")
    for event in events:
        table.add_row(event.at[:19], event.kind, _cell(event_in_words(event)))
    return table


def event_in_words(event: RequestEvent) -> str:
    """Returns what an event tells beside its kind."""
    for name in ("text", "summary"):
        if event.detail.get(name):
            return str(event.detail[name])
    return f"from {event.detail['from']}" if "from" in event.detail else ""


def fact_table(facts: Iterable[Fact]) -> Table:
    """Returns what is known of users as a table."""
    table = Table("id", "user", "kind", "what", "source", box=None, header_style="dim")
    for fact in facts:
        table.add_row(str(fact.id), _cell(fact.user), fact.kind, _cell(fact.text), fact.source)
    return table


def _cell(text: str) -> Any:  # noqa: ANN401 - rich's text
    short = " ".join(text.split())
    return _plain(short if len(short) <= LONGEST_CELL else f"{short[: LONGEST_CELL - 1]}…")


def _plain(text: str) -> Any:  # noqa: ANN401 - rich's text
    from rich.text import Text

    return Text(printable(text))  # no markup: brackets in it are the user's
