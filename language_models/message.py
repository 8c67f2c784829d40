"""One turn of a conversation with a chat model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class Message:
    """What one side said: `role` is "system", "user" or "assistant"."""

    role: Role
    content: str

    def __post_init__(self) -> None:
        if self.role not in get_args(Role):
            raise ValueError(f"Message(role={self.role!r}): expected one of {', '.join(get_args(Role))}")
        if not isinstance(self.content, str):
            raise ValueError(f"Message(content=...): expected text, found {type(self.content).__name__}")

    def as_dict(self) -> dict[str, str]:
        """Returns the message as every chat endpoint spells it."""
        return {"role": self.role, "content": self.content}
