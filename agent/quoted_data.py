"""Data shown to a model: on one line or between marks, short, and unable to pass for anything else.

What tools and documents say is data, whatever it says. As JSON it can end neither the result that it stands
in nor begin another turn: line breaks and the marks by which chat templates tell turns apart are escaped.
"""

from __future__ import annotations

import json
import re
import unicodedata

from agent.request import Json

LONGEST = 2000  # characters of one value
OPENING, CLOSING = "[data]", "[end of data]"
_MARKS = re.compile(r"<(?=[|/A-Za-z])|\[(?=/?INST)")  # such as <|im_start|>, </tool_response>, [INST]
_FENCES = re.compile(r"\[\s*(end\s+of\s+)?data\s*\]", re.IGNORECASE)
_BLANKS = re.compile(
    r"[^\S \n\t]|[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_MIXED = re.compile(r"[^\W\d_]+")
_LOOKALIKES = frozenset(
    map(chr, (*range(0x370, 0x590), *range(0xFF01, 0xFF5F)))
)  # Greek to Armenian; full width
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # categories that a reader does not see


def as_data(value: Json, longest: int = LONGEST) -> str:
    """Returns a value as JSON on one line, cut with a note of its length."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return seen(_MARKS.sub(_escaped, cut(text, longest)))


def fenced(text: str, longest: int = 4 * LONGEST) -> str:
    """Returns a text of several lines between marks that it cannot close."""
    inside = _MARKS.sub(_escaped, _FENCES.sub("(data)", cut(text, longest)))
    return f"{OPENING}\n{seen(inside, breaks=True)}\n{CLOSING}"


def cut(text: str, longest: int) -> str:
    """Returns the beginning of a text, with a note of what is missing."""
    return text if len(text) <= longest else f"{text[:longest]}... (cut; {len(text)} characters in all)"


def seen(text: str, *, breaks: bool = False) -> str:
    """Returns a text in which what no reader sees stands escaped: controls, bidirectional marks, tags."""
    plain = "\n\t" if breaks else ""
    return "".join(
        _escape(sign) if unicodedata.category(sign) in _UNSEEN and sign not in plain else sign
        for sign in text
    )


def plainly(text: str) -> str:
    """Returns a text as a user decides upon it: nothing in it is unseen, or passes for something else.

    Also escaped are blanks that are no spaces, and letters of another alphabet within a word of Latin ones.
    """
    return seen(_MIXED.sub(lambda word: _one_alphabet(word[0]), _BLANKS.sub(_escaped, text)), breaks=True)


def _one_alphabet(word: str) -> str:
    is_mixed = any(sign.isascii() for sign in word)
    return "".join(_escape(sign) if is_mixed and sign in _LOOKALIKES else sign for sign in word)


def _escaped(found: re.Match[str]) -> str:
    return _escape(found[0])


def _escape(sign: str) -> str:
    code = ord(sign)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
