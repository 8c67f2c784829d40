"""What a model is asked for programs of a tool: conversations in several styles, heads to write on from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from funsearch.tool_task import head
from language_models import ChatRequest, CompletionRequest, Message
from programs import Function, ToolSpecification

# Rising from turn to turn: a small model is right more often when cool (of 8 drafts for two tools, 8 at 0.4
# and 5 at 0.8 were right), but only different programs can confirm each other.
TEMPERATURES = (0.3, 0.6, 0.9)
MAX_TOKENS = 700
MENDING = "This version is wrong:"
_INSTRUCTION = (
    "You write Python functions that are right for every input. Answer with the complete function in one "
    "Python code block and nothing else: no example calls, no tests. Use the standard library only, import "
    "what you need, and do not print."
)
# Said every other time: programs without it are half as long, but what a small model has written out once
# more it keeps to better.
_BRIEFLY = " Leave out the docstring."
# Asked for in turn: programs of one style are one program, and confirm nothing.
_STYLES = (
    "",
    "Use plain loops and conditions.\n",
    "Use the standard library and comprehensions where they fit.\n",
    "Make it as short as you can: let built-in functions, methods and format specifications do the work.\n",
)
_TEXT_STYLES = (_STYLES[0], "Use regular expressions (the module re) where they fit.\n", *_STYLES[1:])
_LIBRARY = (
    '# From a popular open-source library with a complete test suite.\n"""Small well-tested utilities."""\n\n'
    "import datetime\nimport math\nimport re\nfrom collections import *\n\n\n"
)
_ENDS = ("\n\n\n", "\n\ndef ", "\n\nclass ", "\nif __name__", "\n#", "\nprint", "\nassert", "\n```")
# How a body begins, in turn. A small model that would always loop is led to something else so: of 12 programs
# of fill_template that began with a pattern 3 met the examples, of 12 with nothing given none.
_BUILT_IN = "    # Built-in functions, methods and format specifications do the work.\n"
_LOOPS = "    # Plain loops and conditions.\n"
_BEGINNINGS = ("", _BUILT_IN, "", _LOOPS)
_TEXT_BEGINNINGS = ("", "    pattern = ", _BUILT_IN, _LOOPS)
_WRITING = '    text = f"{'


class DraftPrompts:
    """The requests for one tool, each with a seed of its own.

    Args:
        specification: What the tool must do; its signature is known.
        seed: Seed of the requests.
    """

    def __init__(self, specification: ToolSpecification, seed: int) -> None:
        # The precondition is not shown: a small model copies its checks into the program (of 24 drafts for a
        # tool that parses texts none met the examples with it, of 48 without it 8, all of them right).
        self._head = head(specification)
        signature = specification.signature or ""
        self._styles = _TEXT_STYLES if "str" in signature else _STYLES
        self._beginnings = _beginnings(signature)
        self._seeds = _seeds(seed)

    def conversation(self, turn: int, samples: int) -> ChatRequest:
        """Returns the request for a program from the description, in another style each turn."""
        style = self._styles[turn % len(self._styles)]
        return self._chat(f"Complete this function:\n```python\n{self._head}```\n{style}", turn, samples)

    def mending(self, turn: int, function: Function, feedback: str, samples: int) -> ChatRequest:
        """Returns the request for a new version of a program that failed as `feedback` says."""
        task = f"The task:\n```python\n{self._head}```\n"
        tried = f"{MENDING}\n```python\n{function.source}```\n{feedback}\n"
        return self._chat(f"{task}{tried}Write a version that is right.", turn, samples)

    def continuation(self, turn: int, samples: int) -> CompletionRequest:
        """Returns the request to write on from the tool's head, as if it stood in a library."""
        prompt = _LIBRARY + self._head + self._beginnings[turn % len(self._beginnings)]
        return CompletionRequest(prompt=prompt, stop=_ENDS, **self._sampling(turn, samples))

    def _chat(self, question: str, turn: int, samples: int) -> ChatRequest:
        instruction = _INSTRUCTION + _BRIEFLY * (turn % 2)
        messages = (Message("system", instruction), Message("user", question))
        return ChatRequest(messages=messages, **self._sampling(turn, samples))

    def _sampling(self, turn: int, samples: int) -> dict[str, Any]:
        return {
            "samples": samples,
            "max_tokens": MAX_TOKENS,
            "temperature": TEMPERATURES[turn % len(TEMPERATURES)],
            "seed": next(self._seeds),
        }


def _beginnings(signature: str) -> tuple[str, ...]:
    if signature.endswith("-> str"):
        return (*_TEXT_BEGINNINGS, _WRITING)
    return _TEXT_BEGINNINGS if "str" in signature else _BEGINNINGS


def _seeds(seed: int) -> Iterator[int]:
    return ((seed * 1_000_003 + number * 101) % 2**32 for number in count())
