"""What the model is asked about tools: blind first, then with what the bank has."""

from __future__ import annotations

from collections.abc import Sequence

from agent.planning.tool_kind import ToolKind
from agent.quoted_data import cut
from agent.request import Wish
from agent.tool_face import ToolFace
from language_models import Conversation

PYTHON, MISSING = "plain_python", "missing"
LONGEST_OBJECTIVE = 3_000  # characters
LONGEST_CONTEXT = 1_500
LONGEST_DESCRIPTION = 160

_BLIND = """\
Imagine a library that has just the functions a request needs. Name the one to three that you would call, \
each as a call with values of the request and a comment that says what it does in general.
Example, for "How long are 1h30m and 2d together, in words?":
duration_to_seconds("1h30m")  # turns a duration such as 1h30m into seconds
number_to_words(178200)  # writes a whole number in English words"""


def ask_for_kinds(wish: Wish, told: str) -> Conversation:
    """Returns the conversation that asks which kinds of tools a request wants."""
    known = f"\n{told}" if told else ""
    return Conversation().with_system(_BLIND).with_user(f"Request: {_objective(wish)}{known}")


def ask_for_fit(wish: Wish, kinds: Sequence[ToolKind], faces: Sequence[ToolFace]) -> Conversation:
    """Returns the conversation that asks which tool does the work of which kind."""
    tools = "\n".join(f"- {face.name}{face.signature}: {_told(face)}" for face in faces) or "(none)"
    wanted = "\n".join(f"- {kind.name}: {kind.sentence or kind.call}" for kind in kinds)
    return Conversation().with_user(
        f"Tools:\n{tools}\n\nWanted for the request {_objective(wish)!r}:\n{wanted}\n\n"
        f"Which tool does the work of each wanted function, under another name or as a part of it? "
        f"Say {PYTHON} where no tool does and one to three lines of Python do, {MISSING} where neither can."
    )


def ask_for_order(wish: Wish, kind: ToolKind) -> Conversation:
    """Returns the conversation that asks for the order of a tool that is missing."""
    return Conversation().with_user(
        f"Request: {_objective(wish)}\n\nA function is missing for it, {kind.name}: "
        f"{kind.sentence or kind.call}\nDescribe it so that somebody else can write it."
    )


def _objective(wish: Wish) -> str:
    return cut(wish.objective, LONGEST_OBJECTIVE)


def _told(face: ToolFace) -> str:
    return cut(" ".join(face.description.split()), LONGEST_DESCRIPTION)
