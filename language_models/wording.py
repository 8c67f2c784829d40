"""How a conversation is worded for a request: the form asked for, calls in words, corrections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from language_models.backend import Completion
from language_models.conversation import Conversation
from language_models.message import Message
from language_models.parser import Form, ParseError

NOTHING = "(nothing)"  # templates refuse a turn without words


def worded(messages: Sequence[Message], form: Form, *, has_tools: bool) -> tuple[Message, ...]:
    """Returns the messages of a request for a form.

    Args:
        messages: What was said.
        form: What is asked for; its words go to the instructions, else to the first question, so that the
            beginning of a conversation stays the same from turn to turn, which models read faster.
        has_tools: Whether the conversation may have calls, which must be words where the form has no tools.
    """
    said = tuple(map(_in_words, messages)) if has_tools and not form.tools else tuple(messages)
    if not form.words:
        return said
    for role in ("system", "user"):
        for place, message in enumerate(said):
            if message.role == role:
                told = replace(message, content=f"{message.content}\n\n{form.words}")
                return (*said[:place], told, *said[place + 1 :])
    return (Message("system", form.words), *said)


def corrected(conversation: Conversation, reply: Completion, error: ParseError) -> Conversation:
    """Returns the conversation after a reply of the wrong form, and what to say to it."""
    asked_again = f"That cannot be used: {error}. Answer again, in the form asked for."
    return conversation.with_assistant(_text_of(reply)).with_user(asked_again)


def _text_of(reply: Completion) -> str:
    """Returns a reply as words: its calls may be such as no endpoint takes back."""
    return _joined(reply.text, [_call(call.name, call.arguments) for call in reply.tool_calls])


def _in_words(message: Message) -> Message:
    if message.role == "tool":
        return Message("user", f"Result of the call: {message.content}")
    if message.tool_calls:
        calls = [_call(call.name, call.arguments) for call in message.tool_calls]
        return Message("assistant", _joined(message.content, calls))
    return message


def _call(name: str, arguments: str) -> str:
    try:
        return json.dumps({"tool": name, "arguments": json.loads(arguments or "{}")}, ensure_ascii=False)
    except (ValueError, RecursionError):
        return json.dumps({"tool": name, "arguments": arguments}, ensure_ascii=False)


def _joined(text: str, calls: list[str]) -> str:
    return "\n".join(filter(None, [text, *calls])) or NOTHING
