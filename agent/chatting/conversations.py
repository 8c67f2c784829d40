"""What users and the chatbot said to each other, turn by turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agent.errors import RequestRefused
from programs.utf8_text import writable
from tool_bank.database import Database, now

Role = Literal["user", "assistant"]
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Turn:
    """What one side said.

    Attributes:
        number: Grows with time, over all conversations.
        conversation: Its id.
        role: Who said it.
        text: What was said.
    """

    number: int
    conversation: str
    role: Role
    text: str


class Conversations:
    """All conversations of one record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, conversation: str, role: Role, text: str) -> Turn:
        """Returns a turn that was put at the end of a conversation; the first one begins it.

        Raises:
            RequestRefused: The id of the conversation is none.
        """
        if not isinstance(conversation, str) or not _ID.fullmatch(conversation):
            raise RequestRefused(
                "conversation: expected up to 80 letters, digits, '.', '_' or '-', a letter or digit first; "
                f"found {conversation!r:.60}"
            )
        kept = writable(text)
        with self._database.transaction():
            self._database.write(
                "INSERT INTO turns (conversation, role, text, at) VALUES (?, ?, ?, ?)",
                (conversation, role, kept, now()),
            )
            ((number,),) = self._database.rows("SELECT last_insert_rowid()")
        return Turn(number, conversation, role, kept)

    def of(self, conversation: str) -> list[Turn]:
        """Returns the turns of a conversation, none of one that was never begun."""
        rows = self._database.rows(
            "SELECT number, conversation, role, text FROM turns WHERE conversation = ? ORDER BY number",
            (conversation,),
        )
        return [Turn(*row) for row in rows]

    def ids(self) -> list[str]:
        """Returns the ids of all conversations, the one begun first first."""
        rows = self._database.rows(
            "SELECT conversation FROM turns GROUP BY conversation ORDER BY min(number)"
        )
        return [row[0] for row in rows]
