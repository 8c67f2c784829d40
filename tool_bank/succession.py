"""Champion and challenger: what replaces a tool passes its tests first, and can be rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tool_bank.aliases import Alias, Aliases
from tool_bank.errors import StepRefused, ToolNotFound
from tool_bank.inheritance import Inheritance
from tool_bank.record import FAILED_OWN, Record
from tool_bank.spells import in_service_before
from tool_bank.tool import SERVED, Status, Tool, changed
from tool_bank.tool_tests import TestRecord, ToolTest
from tool_bank.trial import FailedTest, Trial, Verdict

BINDING: frozenset[Status] = SERVED | {"quarantined"}  # whose tests bind a successor: others nobody relies on

EntryOutcome = Literal["added", "succeeded", "known", "alias", "refused"]


@dataclass(frozen=True)
class Entry:
    """How a tool entered the bank, or why not.

    Attributes:
        name: What it is called.
        version: Its version as the bank keeps it.
        outcome: "added": under a new name; "succeeded": it is the champion of its name now; "known": it
            was so before; "alias": another tool does the same and answers for it; "refused": kept, not
            served, since it failed its own tests or the champion stays.
        why: The reason, in words.
        target: The tool that answers for the name.
        verdict: What the tests said.
        took_over: Special tools that it answers for from now on.
    """

    name: str
    version: str
    outcome: EntryOutcome
    why: str = ""
    target: str = ""
    verdict: Verdict = field(default_factory=Verdict)
    took_over: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[FailedTest, ...]:
        """The tests that it failed, hidden ones left out."""
        return self.verdict.failed

    @property
    def hidden_failed(self) -> int:
        """How many hidden tests it failed."""
        return self.verdict.hidden_failed


class Succession:
    """Decides who is the champion of a name."""

    def __init__(self, record: Record, tests: TestRecord, aliases: Aliases, trial: Trial) -> None:
        self.record = record
        self.tests = tests
        self.aliases = aliases
        self._trial = trial
        self.required = Inheritance(record, tests, aliases).of

    def challenge(self, tool: Tool, tests: Iterable[ToolTest] = (), score: str | None = None) -> Entry:
        """Returns what became of a challenger; see `ToolBank.challenge`."""
        own = checked(tests)
        champion = self.champion(tool.name)
        if champion is None:
            return self.enter(tool, own, self.own_verdict(tool, own))
        if is_same(tool, champion):
            return self._again(tool, champion, own)
        challenger = changed(tool, supersedes=champion.version)
        why = self._objection(challenger, champion, score)
        if why:
            return self._refuse(challenger, own, why, Verdict())
        required = self.required(champion)
        is_decided = required or score in champion.scores or (champion.status == "quarantined" and own)
        if not is_decided:
            return self._refuse(challenger, own, _UNDECIDED, Verdict())
        verdict = self._trial.judge(challenger, [*required, *own])
        if not verdict.is_good:
            return self._refuse(challenger, own, verdict.why, verdict)
        return self._crown(challenger, champion, own, verdict) or self.challenge(tool, own, score)

    def champion(self, name: str) -> Tool | None:
        """Returns the tool of that name whose tests bind a successor; None where there is none."""
        try:
            tool = self.record.get(name)
        except ToolNotFound:
            return None
        return tool if tool.status in BINDING or self.aliases.of(name) else None

    def enter(self, tool: Tool, tests: Sequence[ToolTest], verdict: Verdict) -> Entry:
        """Adds a tool of a new name, as a candidate where it fails its own tests."""
        entering = tool if verdict.is_good else changed(tool, status="candidate")
        with self.record.database.transaction():
            self.record.add([entering])
            self.tests.add(tool.version, tests)
            if not verdict.is_good:
                self.record.tell(FAILED_OWN, tool.name, {"why": verdict.why})
        outcome: EntryOutcome = "added" if verdict.is_good else "refused"
        return Entry(tool.name, tool.version, outcome, verdict.why, tool.name, verdict)

    def own_verdict(self, tool: Tool, tests: Sequence[ToolTest]) -> Verdict:
        """Returns what its own tests say of a tool that is to be served."""
        return self._trial.judge(tool, tests) if tool.status in SERVED else Verdict()

    def rollback(self, name: str, why: str) -> Tool:
        """Brings back the version in service before the current one; see `ToolBank.rollback`."""
        if self.aliases.of(name):
            raise StepRefused(
                f"{name} is an alias of {self.aliases.target(name)}: roll that back, or separate"
            )
        current = self.record.get(name)
        before = in_service_before(self.record.events(name), current.version)
        if before is None:
            raise StepRefused(f"{name}: no version before {current.version[:12]} was in service")
        versions = {stored.tool.version: stored.tool for stored in self.record.history(name)}
        restored = changed(versions[before.version], status=before.status)
        with self.record.database.transaction():
            detail = {"from": current.version, "why": why}
            self.record.make_current(restored, "rolled back", detail)
            for alias in self._since(name, current.version):
                self.separate(alias.name, f"the version of {name} that answered for it was rolled back")
        return restored

    def separate(self, name: str, why: str) -> Tool:
        """Ends an alias: the tool that bore the name is in service again; see `ToolBank.separate`."""
        alias = self.aliases.of(name)
        if alias is None:
            raise StepRefused(f"{name}: expected an alias, found none of that name")
        was = [event.detail["was"] for event in self.record.events(name) if event.kind == "made alias"]
        restored = changed(self.record.get(name), status=was[-1] if was else "active")
        with self.record.database.transaction():
            self.aliases.remove(name)
            self.record.make_current(restored, "separated", {"from": alias.target, "why": why})
        return restored

    def _objection(self, challenger: Tool, champion: Tool, score: str | None) -> str:
        """Returns why a challenger cannot succeed, whatever it computes; empty where it can."""
        if challenger.status not in SERVED:
            return f"it is {challenger.status} itself"
        if challenger.status == "provisional" and champion.status == "active":
            return "it is on trial, and the champion is admitted"
        return self._was_rolled_back(challenger) or _worse(challenger, champion, score)

    def _was_rolled_back(self, challenger: Tool) -> str:
        """Returns why the same tool was rolled back once; empty where it never was."""
        versions = {stored.tool.version: stored.tool for stored in self.record.history(challenger.name)}
        for event in self.record.events(challenger.name):
            if event.kind == "rolled back" and is_same(challenger, versions[event.detail["from"]]):
                return f"it was rolled back: {event.detail['why']}; `add` brings it back all the same"
        return ""

    def _crown(
        self, challenger: Tool, champion: Tool, tests: Sequence[ToolTest], verdict: Verdict
    ) -> Entry | None:
        """Makes the challenger the champion; None where another took the place while it was tried."""
        with self.record.database.transaction():
            holder = self.champion(champion.name)
            if holder is None or holder.version != champion.version:
                return None
            self.aliases.remove(champion.name)
            detail = {"supersedes": champion.version, "tests passed": str(verdict.passed)}
            self.record.make_current(challenger, "succeeded", detail)
            self.tests.add(challenger.version, tests)
        return Entry(challenger.name, challenger.version, "succeeded", "", challenger.name, verdict)

    def _again(self, tool: Tool, champion: Tool, tests: Sequence[ToolTest]) -> Entry:
        """Keeps new tests of a version that is there, where it passes them."""
        verdict = self._trial.judge(champion, tests)
        if verdict.is_good:
            self.tests.add(champion.version, tests)
            if (champion.status, tool.status) == ("provisional", "active"):
                self.record.set_status(champion.name, "active", "it came again, admitted")
        why = verdict.why and f"the champion itself fails: {verdict.why}"
        return Entry(champion.name, champion.version, "known", why, champion.name, verdict)

    def _refuse(self, challenger: Tool, tests: Sequence[ToolTest], why: str, verdict: Verdict) -> Entry:
        with self.record.database.transaction():
            self.record.keep_refused(challenger, {"why": why})
            self.tests.add(challenger.version, tests)
        return Entry(challenger.name, challenger.version, "refused", why, challenger.name, verdict)

    def _since(self, name: str, version: str) -> list[Alias]:
        """Returns the aliases that a tool got since a version of it became current."""
        made = [event.at for event in self.record.events(name) if event.version == version]
        return [alias for alias in self.aliases.to(name) if alias.at >= made[0]]


_UNDECIDED = (
    "the champion has no tests, and no score that it has was named to decide: challenge(..., score='...') "
    "compares by one, add() replaces it unseen"
)


def is_same(tool: Tool, other: Tool) -> bool:
    """Returns whether two versions are one tool, their lineage left aside."""
    lineage = {"supersedes": other.supersedes, "generalises": other.generalises}
    return changed(tool, **lineage).version == other.version


def checked(tests: Iterable[ToolTest]) -> list[ToolTest]:
    """Returns the tests; raises ValueError for one whose arguments have no names."""
    found = list(tests)
    for test in found:
        if not isinstance(test.arguments, Mapping) or not all(
            isinstance(name, str) for name in test.arguments
        ):
            raise ValueError(f"test {test.arguments!r:.200}: expected arguments by name, as {{'x': 1}}")
    return found


def _worse(challenger: Tool, champion: Tool, score: str | None) -> str:
    """Returns why the challenger is no better by that score; empty where it is, or the champion has none."""
    if score is None or score not in champion.scores:
        return ""
    best, found = champion.scores[score], challenger.scores.get(score)
    if found is not None and found > best:
        return ""
    shown = "none" if found is None else f"{found:.6g}"
    return f"{score}: expected more than the champion's {best:.6g}, found {shown}"
