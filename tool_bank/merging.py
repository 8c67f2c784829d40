"""Merging: a tool that does what another does becomes its alias; a general one takes over special ones."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from language_models.backend import ModelUnavailable
from tool_bank.aliases import Alias
from tool_bank.database import now
from tool_bank.likeness import Likeness
from tool_bank.links import Link
from tool_bank.succession import Entry, Succession, checked
from tool_bank.tool import SERVED, Tool, changed
from tool_bank.tool_tests import ToolTest
from tool_bank.trial import Trial, Verdict

logger = logging.getLogger(__name__)

LONGEST_QUERY = 1000  # characters of a description that becomes a query
LIKELY_TWINS = 8  # tools that search finds by what the newcomer says of itself

Find = Callable[[str, int], Sequence[Tool]]


@dataclass(frozen=True)
class _Subsumed:
    """A special tool, and how the general one answers for it."""

    tool: Tool
    link: Link


class Merging:
    """Admits tools, each behaviour once.

    Args:
        succession: Decides between tools of one name.
        trial: Runs tools.
        find: Returns the served tools that fit a text best, at most so many.
    """

    def __init__(self, succession: Succession, trial: Trial, find: Find) -> None:
        self._record = succession.record
        self._tests = succession.tests
        self._aliases = succession.aliases
        self._succession = succession
        self._trial = trial
        self._find = find

    def admit(self, tool: Tool, tests: Iterable[ToolTest], score: str | None) -> Entry:
        """Returns what became of a newcomer; see `ToolBank.admit`."""
        own = checked(tests)
        is_alias = self._aliases.of(tool.name) is not None
        if tool.status not in SERVED or (self._succession.champion(tool.name) is not None and not is_alias):
            return self._succession.challenge(tool, own, score)
        verdict = self._succession.own_verdict(tool, own)
        if not verdict.is_good:
            return self._succession.challenge(tool, own, score)
        likeness, others = Likeness(self._trial), self._likely(tool)
        for other in others:
            link = likeness.link(tool, own, other, self._succession.required(other))
            if link is not None:
                return self._merge(tool, own, other, link) or self.admit(tool, own, score)
        if is_alias:
            return self._succession.challenge(tool, own, score)
        return self._enter(tool, own, self._special(tool, own, others, likeness), verdict)

    def _likely(self, tool: Tool) -> list[Tool]:
        """Returns the tools that a newcomer may resemble; the one that answers for its name comes first."""
        try:
            found = list(self._find(f"{tool.name}: {tool.description}", LIKELY_TWINS))
        except ModelUnavailable as error:
            logger.warning("%s: twins were not looked for: %s", tool.name, error)
            found = []
        target = self._aliases.target(tool.name)
        first = [self._record.get(target)] if target != tool.name else []
        served = [other for other in first if other.status in SERVED]
        return served + [other for other in found if other.name not in (tool.name, target)]

    def _special(
        self, tool: Tool, tests: Sequence[ToolTest], others: Sequence[Tool], likeness: Likeness
    ) -> list[_Subsumed]:
        """Returns the tools of fewer parameters that the newcomer can answer for."""
        width = len(tool.signature.parameters)
        found = []
        for other in others:
            if len(other.signature.parameters) < width:
                link = likeness.link(other, self._succession.required(other), tool, tests)
                found += [_Subsumed(other, link)] if link is not None else []
        return found

    def _merge(self, tool: Tool, tests: Sequence[ToolTest], twin: Tool, link: Link) -> Entry | None:
        """Makes the newcomer an alias; None where another version of the twin has come meanwhile."""
        why = f"it answers as {twin.name} does"
        with self._record.database.transaction():
            if not self._is_still(twin):
                return None
            self._tests.add(tool.version, tests)
            self._point(tool, twin.name, link, why)
            if (tool.status, twin.status) == ("active", "provisional"):
                self._record.set_status(twin.name, "active", f"it passes the tests of {tool.name}, admitted")
        return Entry(tool.name, tool.version, "alias", why, twin.name)

    def _enter(
        self, tool: Tool, tests: Sequence[ToolTest], special: Sequence[_Subsumed], verdict: Verdict
    ) -> Entry:
        """Adds the newcomer, which takes over the special tools that are still what they were."""
        with self._record.database.transaction():
            still = [subsumed for subsumed in special if self._is_still(subsumed.tool)]
            names = tuple(subsumed.tool.name for subsumed in still)
            general = changed(tool, generalises=(*tool.generalises, *names)) if names else tool
            entry = self._succession.enter(general, tests, verdict)
            for subsumed in still:
                self._point(subsumed.tool, tool.name, subsumed.link, f"{tool.name} is more general")
        return replace(entry, took_over=names)

    def _point(self, tool: Tool, target: str, link: Link, why: str) -> None:
        """Retires a tool behind an alias of its name, whose requests the target is found by from now on."""
        alias = Alias(tool.name, target, link.renamed, link.bound, why, now())
        detail = {
            "target": target,
            "was": tool.status,
            "why": why,
            "renamed": json.dumps(dict(link.renamed)),
            "bound": json.dumps(dict(link.bound)),
        }
        retired = changed(tool, status="retired")
        self._record.make_current(retired, "made alias", detail)
        self._aliases.put(alias)
        self._record.tell("answers for", target, {"alias": tool.name, "why": why})
        heard = [*tool.example_queries, tool.description[:LONGEST_QUERY], *self._record.queries(tool.name)]
        self._record.add_queries(target, heard, f"alias {tool.name}")

    def _is_still(self, tool: Tool) -> bool:
        found = self._record.get(tool.name)
        return (found.version, found.status) == (tool.version, tool.status)
