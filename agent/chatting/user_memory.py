"""What is known of users: facts and preferences, each with what they said that it was learned from.

Only what a user said is learned. There is no other source: a fact comes with a turn of the user's or with an
answer that the user gave, which must be on record and must say it. What documents, tools or models say of a
user is never remembered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from agent.chatting.conversations import Turn
from agent.chatting.said import is_said
from agent.errors import FactNotFound, FactRefused
from programs.utf8_text import writable
from tool_bank.database import Database, now
from tool_bank.lexical_index import words

Kind = Literal["preference", "fact"]

LONGEST_FACT = 500  # characters
MOST_PREFERENCES = 20  # that count for one objective, the latest
MOST_FACTS = 10


@dataclass(frozen=True)
class AnswerGiven:
    """An answer of the user's to a question of a request.

    Attributes:
        request: Id of the request.
        question: Id of the question.
    """

    request: str
    question: str


Source: TypeAlias = Turn | AnswerGiven  # what the user said; there is no other


@dataclass(frozen=True)
class Fact:
    """Something that is known of a user.

    Attributes:
        id: Its number.
        user: Of whom.
        kind: A preference counts for every request, a fact for those that it has to do with.
        text: What is known.
        source: What the user said: "turn 12", "answer r1/q1", with ", edited" where the user changed it.
        at: When it was learned, ISO 8601 in UTC.
    """

    id: int
    user: str
    kind: Kind
    text: str
    source: str
    at: str


class UserMemory:
    """All that is known of the users of one record; they may read, change and delete it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def learn(self, user: str, text: str, source: Source, kind: Kind = "fact") -> Fact:
        """Returns what is known; learning it again changes nothing.

        Args:
            user: Of whom.
            text: What is to be remembered.
            source: What the user said.
            kind: Preference or fact.

        Raises:
            FactRefused: The source is not on record as said by the user, or does not say it.
        """
        text = _checked(text, kind)
        told, said = self._said(source)
        if not is_said(text, said):
            raise FactRefused(f"fact {text!r:.100}: expected what the user said in {told}, found other words")
        with self._database.transaction():
            known = {tuple(words(fact.text)) or fact.text: fact for fact in self.of(user)}
            same = known.get(tuple(words(text)) or text)
            if same is not None:
                return same
            self._database.write(
                "INSERT INTO facts (user, kind, text, source, at) VALUES (?, ?, ?, ?, ?)",
                (user, kind, text, told, now()),
            )
            ((number,),) = self._database.rows("SELECT last_insert_rowid()")
        return self.get(number)

    def of(self, user: str) -> list[Fact]:
        """Returns all that is known of a user, in the order in which it was learned."""
        return self._facts("WHERE user = ? ORDER BY id", user)

    def relevant(self, user: str, objective: str) -> list[Fact]:
        """Returns what of it matters for an objective: preferences, then the facts that it has to do with."""
        known, wanted = self.of(user), set(words(objective))
        preferences = [fact for fact in known if fact.kind == "preference"][-MOST_PREFERENCES:]
        shared = {fact: len(wanted.intersection(words(fact.text))) for fact in known if fact.kind == "fact"}
        facts = sorted((fact for fact in shared if shared[fact]), key=lambda fact: -shared[fact])
        return [*preferences, *facts[:MOST_FACTS]]

    def users(self) -> list[str]:
        """Returns the users of whom something is known."""
        return [row[0] for row in self._database.rows("SELECT DISTINCT user FROM facts ORDER BY user")]

    def get(self, id: int) -> Fact:
        """Returns a fact; raises `FactNotFound`."""
        for fact in self._facts("WHERE id = ?", id):
            return fact
        raise FactNotFound(f"fact {id!r:.40}: expected the number of one that is known, found none")

    def edit(self, id: int, text: str) -> Fact:
        """Returns a fact as its user has put it now; raises `FactNotFound` or `FactRefused`."""
        with self._database.transaction():
            fact = self.get(id)
            text = _checked(text, fact.kind)
            if any(other.text == text and other.id != id for other in self.of(fact.user)):
                raise FactRefused(f"fact {id}: {text!r:.100} is known already; delete one of the two")
            source = f"{fact.source.removesuffix(', edited')}, edited"
            self._database.write("UPDATE facts SET text = ?, source = ? WHERE id = ?", (text, source, id))
        return self.get(id)

    def delete(self, id: int) -> None:
        """Forgets a fact; raises `FactNotFound`."""
        with self._database.transaction():
            self.get(id)
            self._database.write("DELETE FROM facts WHERE id = ?", (id,))

    def forget(self, user: str) -> int:
        """Returns how many facts were forgotten: all of a user."""
        with self._database.transaction():
            return self._database.write("DELETE FROM facts WHERE user = ?", (user,))

    def _facts(self, where: str, value: object) -> list[Fact]:
        rows = self._database.rows(f"SELECT id, user, kind, text, source, at FROM facts {where}", (value,))
        return [Fact(*row) for row in rows]

    def _said(self, source: Source) -> tuple[str, str]:
        """Returns a source's name and what the user said there, as it is on record."""
        if isinstance(source, Turn):
            rows = self._database.rows(
                "SELECT text FROM turns WHERE number = ? AND role = 'user'", (source.number,)
            )
            told = f"turn {source.number}"
        elif isinstance(source, AnswerGiven):
            found = self._database.rows(
                "SELECT detail FROM events WHERE request = ? AND kind = 'answered'", (source.request,)
            )
            details = [json.loads(detail) for (detail,) in found]
            rows = [(entry["text"],) for entry in details if entry.get("question") == source.question]
            told = f"answer {source.request}/{source.question}"
        else:
            raise TypeError(f"source: expected a Turn or an AnswerGiven, found {type(source).__name__}")
        if not rows:
            raise FactRefused(
                f"source: expected something that the user said, found none on record as {told}"
            )
        return told, str(rows[-1][0])


def _checked(text: str, kind: str) -> str:
    if kind not in get_args(Kind):
        raise FactRefused(f"kind: expected one of {', '.join(get_args(Kind))}, found {kind!r:.40}")
    text = " ".join(writable(text).replace("\0", " ").split())
    if not text or len(text) > LONGEST_FACT:
        raise FactRefused(f"fact: expected 1 to {LONGEST_FACT} characters, found {len(text)}")
    return text
