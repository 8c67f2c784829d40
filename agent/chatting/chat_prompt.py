"""What the chatbot's model is told: short, with an example of each turn, so that a small one keeps to it."""

from __future__ import annotations

from collections.abc import Sequence

from agent.chatting.conversations import Turn
from agent.chatting.draft import Draft
from agent.chatting.hidden_part import END, MARKER
from agent.chatting.user_memory import Fact
from language_models import Conversation

_READY = Draft(
    "Sort the towns Oslo, Bonn and Kyiv from north to south.", constraints=("at most 4 steps",),
    facts=("lives in Lyon",), ready=True,
)  # fmt: skip
_ASKING = Draft("Translate a letter into French.", missing=("the text of the letter",))
_ANSWERED = Draft("Translate the letter 'Dear Ann, all is well.' into French.", ready=True)
EXAMPLES = frozenset({draft.objective for draft in (_ASKING, _READY, _ANSWERED)})


def reply_text(words: str, draft: Draft) -> str:
    """Returns a reply as the model is to write it."""
    return f"{words}\n{MARKER}\n{draft.text}\n{END}"


_INSTRUCTION = f"""\
You help a user to state a request. Others will fulfil it: never do the work or give its answer yourself.
Each reply has two parts.
1. One short sentence to the user, in the user's language. Ask only for what is missing.
2. {MARKER}, one JSON object, {END}. In the user's own words:
   "objective": what is to be reached, with all data that the user gave; "" after a mere greeting
   "requirements": what the user said must be true of the result
   "constraints": limits that the user set for the work
   "missing": data that the user has not given and that nobody can do without; mostly []
   "facts": what the user said of their own person, not of the task; mostly []
   "ready": true if nothing is missing
Example:
User: I live in Lyon. Sort the towns Oslo, Bonn and Kyiv from north to south, in at most 4 steps.
You: {reply_text("Thank you, I have noted your request.", _READY)}
User: Now translate a letter into French.
You: {reply_text("What does the letter say?", _ASKING)}
User: Dear Ann, all is well.
You: {reply_text("I have noted it.", _ANSWERED)}"""


def conversation_of(turns: Sequence[Turn], known: Sequence[Fact], filed: Sequence[str]) -> Conversation:
    """Returns what the model is asked.

    Args:
        turns: So far, the user's new one last.
        known: What is remembered of the user.
        filed: Objectives that were filed in this conversation.
    """
    beside = _listed("Known of the user; do not ask for it", [fact.text for fact in known])
    beside += _listed("Filed already; ready only for what is new or changed", filed)
    asked = Conversation().with_system(_INSTRUCTION + beside)
    for role, text in _merged(turns):
        asked = asked.with_user(text) if role == "user" else asked.with_assistant(text)
    return asked


def _listed(head: str, entries: Sequence[str]) -> str:
    return f"\n{head}:\n" + "\n".join(f"- {entry}" for entry in entries) if entries else ""


def _merged(turns: Sequence[Turn]) -> list[tuple[str, str]]:
    """Returns who said what in turn: templates of chats refuse two turns of one side after another."""
    merged: list[tuple[str, str]] = []
    for turn in turns:
        if merged and merged[-1][0] == turn.role:
            merged[-1] = (turn.role, f"{merged[-1][1]}\n{turn.text}")
        else:
            merged.append((turn.role, turn.text))
    return merged[1:] if merged and merged[0][0] == "assistant" else merged
