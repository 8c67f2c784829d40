"""Affordance: which tools a request affords, found before a plan is made.

The model first says, blind, which functions it would call. These become queries to the bank; what
comes back is shown as signatures, never as source, and the model says for each function which tool does its
work, whether plain Python does, or whether a tool is missing. What is missing is described and searched for
once more, and declared missing when that, too, finds nothing that fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Protocol

from agent.knowledge.context import Context
from agent.planning.affordance_prompt import (
    LONGEST_CONTEXT,
    MISSING,
    ask_for_fit,
    ask_for_kinds,
    ask_for_order,
)
from agent.planning.tool_fit import FitParser
from agent.planning.tool_kind import KindsParser, ToolKind
from agent.planning.tool_order import OrderParser
from agent.request import ToolOrder, Wish
from agent.requests.terms import Terms
from agent.tool_face import ToolFace
from language_models import Chat
from language_models.backend import ModelRequestFailed
from tool_bank.lexical_index import words

PER_QUERY = 4  # tools that a query brings
SHOWN = 5  # tools that the model chooses from
OTHERS = 3  # tools that a planner is shown beside those that the model has chosen
MOST_MISSING = 2  # tools that are ordered for one request
ATTEMPTS = 2
LONGEST_QUERY = 1_000  # characters


@dataclass(frozen=True)
class ToolNeeds:
    """What a request needs.

    Attributes:
        faces: Tools that may serve it, the likeliest first.
        missing: Tools that are not there.
        kinds: What the model said, blind, that it would use.
    """

    faces: tuple[ToolFace, ...] = ()
    missing: tuple[ToolOrder, ...] = ()
    kinds: tuple[ToolKind, ...] = ()


class Shelf(Protocol):
    """Where tools lie, as `agent.toolbox.Toolbox` has them."""

    @property
    def actions(self) -> Sequence[ToolFace]:
        """All actions."""

    def search(self, query: str, k: int = 5) -> Sequence[ToolFace]:
        """Returns at most k tools that fit a query, best first."""

    def face(self, name: str) -> ToolFace | None:
        """Returns a tool or action by name; None: there is none."""


class Affordance:
    """Finds the tools of one request.

    Args:
        chat: The model.
        toolbox: Where tools are searched; its actions are offered where they share a word with the request.
    """

    def __init__(self, chat: Chat, toolbox: Shelf) -> None:
        self._chat = chat
        self._toolbox = toolbox

    def find(self, wish: Wish, context: Context | None = None, terms: Terms | None = None) -> ToolNeeds:
        """Returns what a request needs.

        Args:
            wish: What is wanted.
            context: What is known for it.
            terms: Which tools may be used, and whether any may be made.

        Raises:
            language_models.ModelUnavailable: There is no model; any other failure of it finds less.
        """
        terms = terms or Terms()
        told = context.as_text(LONGEST_CONTEXT) if context is not None else ""
        kinds = self._kinds(wish, told)
        found = self._found([wish.objective[:LONGEST_QUERY], *(kind.query for kind in kinds)], terms)
        found = _once([*self._named(terms), *found[:SHOWN], *self._near(wish, kinds, terms)])
        if not kinds or not terms.may_create or terms.only is not None:
            return ToolNeeds(tuple(found), (), kinds)
        chosen, missing = self._fit(wish, kinds, found, terms)
        others = [face for face in found if face not in chosen]
        return ToolNeeds((*chosen, *(others[:OTHERS] if chosen else others)), missing, kinds)

    def _kinds(self, wish: Wish, told: str) -> tuple[ToolKind, ...]:
        try:
            return self._chat.ask(ask_for_kinds(wish, told), KindsParser(), attempts=ATTEMPTS).value
        except ModelRequestFailed:
            return ()  # the objective itself is a query

    def _fit(
        self, wish: Wish, kinds: Sequence[ToolKind], found: Sequence[ToolFace], terms: Terms
    ) -> tuple[list[ToolFace], tuple[ToolOrder, ...]]:
        """Returns the tools that fit, and those that are missing."""
        chosen, open_kinds = self._chosen(wish, kinds, found)
        missing: list[ToolOrder] = []
        for kind in open_kinds[:MOST_MISSING]:
            order = self._order(wish, kind)
            if order is None or not terms.allows(order.name):
                continue
            face = self._covered(wish, order, found, terms)
            if face is not None:
                chosen.append(face)
            elif order.name not in {other.name for other in missing}:
                missing.append(order)
        return _once(chosen), tuple(missing)

    def _chosen(
        self, wish: Wish, kinds: Sequence[ToolKind], found: Sequence[ToolFace]
    ) -> tuple[list[ToolFace], list[ToolKind]]:
        """Returns the tools that do the work of these kinds, and the kinds that nothing does."""
        by_name = {face.name: face for face in found}
        try:
            parser = FitParser(kinds, [face.name for face in found])
            said = self._chat.ask(ask_for_fit(wish, kinds, found), parser, attempts=ATTEMPTS).value
        except ModelRequestFailed:
            return [], []
        chosen = [by_name[said[kind.name]] for kind in kinds if said.get(kind.name) in by_name]
        named = [by_name[kind.name] for kind in kinds if kind.name in by_name]
        still = [kind for kind in kinds if said.get(kind.name) == MISSING and kind.name not in by_name]
        return _once([*chosen, *named]), still

    def _order(self, wish: Wish, kind: ToolKind) -> ToolOrder | None:
        try:
            return self._chat.ask(ask_for_order(wish, kind), OrderParser(), attempts=ATTEMPTS).value
        except ModelRequestFailed:
            return None  # it was told once what is wrong, and the work goes on without

    def _covered(
        self, wish: Wish, order: ToolOrder, found: Sequence[ToolFace], terms: Terms
    ) -> ToolFace | None:
        """Returns a tool that was not shown before and does what is ordered, if the model finds one."""
        same = self._toolbox.face(order.name)
        if same is not None and terms.allows(same.name):
            return same
        shown = {face.name for face in found}
        new = [face for face in self._found([order.description], terms) if face.name not in shown]
        if not new:
            return None
        kind = ToolKind(order.name, order.description, "")
        chosen, _ = self._chosen(wish, [kind], new)
        return next(iter(chosen), None)

    def _found(self, queries: Iterable[str], terms: Terms) -> list[ToolFace]:
        """Returns what queries find in the bank, the best of each in turn."""
        each = [self._toolbox.search(query, PER_QUERY) for query in dict.fromkeys(queries) if query.strip()]
        ranked = chain.from_iterable(zip_longest(*each))
        return _once(face for face in ranked if face is not None and terms.allows(face.name))

    def _named(self, terms: Terms) -> list[ToolFace]:
        """Returns the tools that the user has named as the only ones."""
        named = (self._toolbox.face(name) for name in sorted(terms.only or ()))
        return [face for face in named if face is not None and terms.allows(face.name)]

    def _near(self, wish: Wish, kinds: Sequence[ToolKind], terms: Terms) -> Iterator[ToolFace]:
        """Yields the actions that share a word with the request."""
        said = " ".join([wish.objective[:LONGEST_QUERY], *wish.requirements, *(kind.query for kind in kinds)])
        wanted = set(words(said[: 4 * LONGEST_QUERY]))
        near = (
            face
            for face in self._toolbox.actions
            if terms.allows(face.name) and wanted.intersection(words(f"{face.name} {face.description}"))
        )
        yield from islice(near, SHOWN)


def _once(faces: Iterable[ToolFace]) -> list[ToolFace]:
    return list({face.name: face for face in faces}.values())
