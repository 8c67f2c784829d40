"""What constraints bind the work to: what a program can hold to is read from words, the rest stays words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.budget import Budget
from agent.errors import RequestRefused
from agent.requests.bound_words import Bound, bound_of
from agent.requests.requirement_check import Contradiction

Number = TypeVar("Number", int, float)
Known = Callable[[str], bool]


@dataclass(frozen=True)
class Terms:
    """What the work must keep to.

    Attributes:
        steps: Calls of tools and emulated functions at most; None where nothing was said.
        tokens: Read and written by models, at most.
        seconds: Of work at most.
        money: At most.
        least: Bounds from below, which planners are told of.
        may_create: Whether tools may be made.
        may_ask: Whether the user may be asked for what is missing; consent is asked for in any case.
        only: The tools that may be used; None: any.
        never: Tools that may not be used.
        words: What only planners can keep to: whatever was not understood, or not wholly.
    """

    steps: int | None = None
    tokens: int | None = None
    seconds: float | None = None
    money: float | None = None
    least: tuple[Bound, ...] = ()
    may_create: bool = True
    may_ask: bool = True
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()

    def allows(self, tool: str) -> bool:
        """Returns whether a tool may be used."""
        return tool not in self.never and (self.only is None or tool in self.only)

    def narrowed(self, budget: Budget) -> Budget:
        """Returns a budget that is no wider than these terms.

        Raises:
            RequestRefused: Money is bounded, but no prices are known by which it could be counted.
        """
        if self.money is not None and not (budget.price_read or budget.price_written):
            raise RequestRefused(
                f"constraints: expected prices to hold the cost below {self.money:g}, found none; give the "
                "prices of the model (0.15,0.60 say), or take the constraint back and bound the tokens"
            )
        return replace(
            budget,
            steps=_least(budget.steps, self.steps),
            tokens=_least(budget.tokens, self.tokens),
            seconds=_least(budget.seconds, self.seconds),
            money=_least(budget.money, self.money),
        )


def terms_of(constraints: Iterable[str], known: Known | None = None) -> Terms:
    """Returns what constraints bind the work to.

    Args:
        constraints: In words, a sentence or more each.
        known: Tells whether a word is the name of a tool, so that "use only English" is told from "use only
            parse"; without it, one word in lower case is taken for one.

    Raises:
        RequestRefused: Two of them cannot hold together, or one leaves nothing to work with.
    """
    reading = _Reading(known)
    for constraint in constraints:
        reading.read(constraint)
    return reading.terms()


_POLITE = re.compile(r"^(?:(?:please|kindly|you (?:must|should|may|can|shall)(?! not\b)) )+", re.IGNORECASE)
_NOT = r"(?:(?:you )?(?:must|may|should|shall|can|do) not|don't|(?:you )?cannot|never|not to)"
_MAKING = r"(?:create|make|write|build|generate|add|invent|define|evolve)(?:ing)?|creating|making|writing"
_NO_NEW = re.compile(
    rf"no (?:new|extra|additional|further) (?:tools?|functions?)(?: (?:may|must|should|shall|are to) be "
    rf"(?:created|made|written|built))?"
    rf"|(?:{_NOT} (?:{_MAKING})|without (?:{_MAKING})|(?:{_MAKING}) no|avoid (?:{_MAKING}))"
    rf"(?: any)?(?: new| additional| extra)? (?:tools?|functions?)"
    rf"|(?:only use|use only|use nothing but|work only with) (?:the )?(?:existing|available|given|known) "
    rf"(?:tools?|functions?)|without (?:any )?new tools?"
)
_NO_QUESTIONS = re.compile(
    rf"{_NOT} (?:ask|bother|interrupt|question)(?: (?:me|the user|us|anyone|back|again))*"
    r"(?: (?:any )?(?:questions?|anything|for anything|for (?:help|feedback|more information)))?"
    r"|(?:ask )?no questions?(?: asked)?|ask (?:me )?(?:nothing|no questions?)|without asking"
    r"(?: (?:me|the user|back))*(?: (?:any )?(?:questions?|anything))?|don't come back to me"
)
_NO_TOOLS = re.compile(
    rf"(?:{_NOT} (?:use|call|run)|without(?: using| calling)?|avoid(?: using)?)(?: any)? tools?(?: at all)?"
    r"|(?:use|call|run) no tools?(?: at all)?|no (?:tools?|tool calls?)(?: at all)?"
)
_NAME = r"[`\"']?[A-Za-z_]\w*[`\"']?(?:\(\))?"
_QUOTED = r"([`\"']?)([A-Za-z_]\w*)"
_LIST = rf"(?P<names>{_NAME}(?:(?:, and|, or|,| and| or| nor| &) ?{_NAME})*)"
_TOOL_WORD = r"(?:the )?(?P<said>(?:tools?|functions?)(?: named| called)?:? )?(?:the )?"
_BEHIND = r"(?P<after> (?:tools?|functions?))?"
_ONLY = re.compile(
    rf"(?:(?:use|call|run) (?:only|nothing but|nothing except|no (?:other )?(?:tools?|functions?) "
    rf"(?:but|except|than|besides))|only (?:use|call|run)) {_TOOL_WORD}{_LIST}{_BEHIND}"
    rf"|(?:use|call|run) {_TOOL_WORD.replace('said', 'said2')}{_LIST.replace('names', 'names2')}"
    rf"{_BEHIND.replace('after', 'after2')} (?:only|and nothing else|and no other(?: tools?)?)",
    re.IGNORECASE,
)
_NEVER = re.compile(
    rf"(?:{_NOT} (?:use|call|run|touch)|without(?: using| calling| running)?"
    rf"|avoid(?: using| calling| running)?"
    rf"|no (?:use|calls?) (?:of|to)) {_TOOL_WORD}{_LIST}{_BEHIND}",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.;!](?:\s+|$)|\n+")
_CLAUSE = re.compile(r",? (?:and|but)(?: also)? |, ")


class _Reading:
    """Terms in the making, with the sentence that each was read from."""

    def __init__(self, known: Known | None) -> None:
        self._known = known
        self._is_certain = True
        self._bounds: dict[tuple[str, str], tuple[Bound, str]] = {}
        self._only: tuple[frozenset[str], str] | None = None
        self._never: dict[str, str] = {}
        self._refrains: dict[str, str] = {}
        self._words: list[str] = []

    def read(self, constraint: str) -> None:
        """Takes in one constraint; where a part of it was not understood, all of it stays in words."""
        self._is_certain = True
        read = [self._sentence(part.strip()) for part in _SENTENCE.split(constraint) if part.strip()]
        if not (all(read) and self._is_certain):
            self._words.append(constraint)

    def terms(self) -> Terms:
        """Returns the terms; raises `RequestRefused` where they cannot hold together."""
        most = {thing: bound for (thing, side), (bound, _) in self._bounds.items() if side == "most"}
        return Terms(
            steps=_whole(most.get("steps")),
            tokens=_whole(most.get("tokens")),
            seconds=_value(most.get("seconds")),
            money=_value(most.get("money")),
            least=tuple(bound for (_, side), (bound, _) in self._bounds.items() if side == "least"),
            may_create="create" not in self._refrains,
            may_ask="ask" not in self._refrains,
            only=None if self._only is None else self._only[0],
            never=frozenset(self._never),
            words=tuple(self._words),
        )

    def _sentence(self, sentence: str) -> bool:
        """Returns whether a sentence was understood, whole or clause by clause."""
        if self._clause(sentence, sentence):
            return True
        clauses = [clause for clause in _CLAUSE.split(sentence) if clause.strip()]
        read = [self._clause(clause, sentence) for clause in clauses] if len(clauses) > 1 else [False]
        return all(read)

    def _clause(self, clause: str, told: str) -> bool:
        text = _plain(clause)
        low = text.lower()
        if (bound := bound_of(low)) is not None:
            self._bound(bound, told)
            return True
        for mark, form in (("create", _NO_NEW), ("ask", _NO_QUESTIONS)):
            if form.fullmatch(low):
                self._refrains.setdefault(mark, told)
                return True
        if _NO_TOOLS.fullmatch(low):
            self._restrict(frozenset(), told)
            return True
        return self._named(text, told)

    def _named(self, text: str, told: str) -> bool:
        """Reads which tools may be used, or may not; one that may mean something else stays in words too."""
        for form, take in ((_ONLY, self._restrict), (_NEVER, self._forbid)):
            found = form.fullmatch(text)
            if found is None:
                continue
            groups = {name.rstrip("2"): value for name, value in found.groupdict().items() if value}
            listed = re.findall(_QUOTED, re.sub(r"\b(?:and|or|nor)\b", ",", groups["names"]))
            marked = [bool(quote) or "_" in name for quote, name in listed]
            is_said = "said" in groups or "after" in groups or all(marked)
            names = [name for _, name in listed]
            if is_said or all(map(self._known or str.islower, names)):
                take(frozenset(names), told)
                self._is_certain = self._is_certain and (is_said or self._known is not None)
                return True
        return False

    def _bound(self, bound: Bound, told: str) -> None:
        key = (bound.thing, bound.side)
        self._bounds[key] = min(
            self._bounds.get(key, (bound, told)), (bound, told), key=lambda entry: _tightness(entry[0])
        )
        most, least = self._bounds.get((bound.thing, "most")), self._bounds.get((bound.thing, "least"))
        if most and _is_nothing(most[0]):
            raise RequestRefused(
                f"constraints: expected something to work with, found {told!r:.200}; "
                'where no tools are to be called, say "use no tools"'
            )
        if most and least and _excludes(most[0], least[0]):
            raise Contradiction("constraints", most[1], least[1]).refusal

    def _restrict(self, names: frozenset[str], told: str) -> None:
        if self._only is not None:
            names, told = names & self._only[0], f"{self._only[1]}; {told}" if told != self._only[1] else told
        before = self._only
        self._only = (names, told)
        if before is not None and before[0] and not names:
            raise Contradiction("constraints", before[1], told.rpartition("; ")[2]).refusal
        self._check_names()

    def _forbid(self, names: frozenset[str], told: str) -> None:
        for name in names:
            self._never.setdefault(name, told)
        self._check_names()

    def _check_names(self) -> None:
        if self._only is not None:
            for name in sorted(self._only[0] & self._never.keys()):
                raise Contradiction("constraints", self._only[1], self._never[name]).refusal


def _plain(clause: str) -> str:
    """Returns a clause with one kind of quote and blank, and without politeness or a sign at its end."""
    return _POLITE.sub(
        "", " ".join(clause.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).strip(" .,;:!")
    )


def _tightness(bound: Bound) -> tuple[float, bool]:
    return (bound.value if bound.side == "most" else -bound.value, not bound.is_strict)


def _excludes(most: Bound, least: Bound) -> bool:
    if most.thing in ("steps", "tokens"):
        lowest = int(least.value) + 1 if least.is_strict or least.value % 1 else int(least.value)
        return (_whole(most) or 0) < lowest
    return most.value < least.value or (most.value == least.value and (most.is_strict or least.is_strict))


def _is_nothing(most: Bound) -> bool:
    return most.value <= 0 or (most.thing in ("steps", "tokens") and _whole(most) == 0)


def _whole(bound: Bound | None) -> int | None:
    """Returns the greatest whole number within a bound from above."""
    if bound is None:
        return None
    whole = int(bound.value)
    return whole - 1 if bound.is_strict and whole == bound.value else whole


def _value(bound: Bound | None) -> float | None:
    return None if bound is None else bound.value


def _least(one: Number | None, other: Number | None) -> Number | None:
    return min((value for value in (one, other) if value is not None), default=None)
