"""A finding: how one thing stands, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

State = Literal["ok", "warning", "failure"]


@dataclass(frozen=True)
class Finding:
    """One thing that was examined.

    Attributes:
        name: What it is.
        state: "failure" stops work; "warning" does not, or only some of it.
        detail: What was found.
        mend: What to do, a command where there is one; empty where nothing is to be done.
    """

    name: str
    state: State
    detail: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        """Whether work can go on."""
        return self.state != "failure"

    def as_dict(self) -> dict[str, Any]:
        """Returns it for JSON."""
        return {
            "name": self.name,
            "state": self.state,
            "ok": self.ok,
            "detail": self.detail,
            "mend": self.mend,
        }


def in_one_line(text: str, longest: int = 300) -> str:
    """Returns a message as one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 3]}..."
