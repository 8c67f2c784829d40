"""What the model is told to write a plan: short, for small models, with one worked example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agent.knowledge.plan_examples import PlanExample
from agent.quoted_data import cut, fenced
from agent.request import Wish
from agent.tool_face import ToolFace
from agent.wish_prompt import wish_parts
from language_models import Conversation

LONGEST_OBJECTIVE = 6_000  # characters
LONGEST_PLAN = 2_000
LONGEST_DESCRIPTION = 280
LONGEST_PROBLEM = 500
MOST_EVIDENCE = 2  # failed plans that are shown, the latest

_INSTRUCTION = """\
You write a short Python program that fulfils a request and puts the result into the variable `answer`.
- Call the given tools by their names. They are there already and tested: do not define or import them, \
prefer them to your own code, and invent no others.
- Copy values from the request exactly, dates and durations as texts, and give them to tools as the tools' \
examples show. Where no tool fits, write plain Python.
- `answer` is the bare value that was asked for: a number, a text, a list. No print, no input, no files.
- What only a reader can tell of a text is asked of a function that you leave open: \
`def is_sad(text: str) -> bool: ...`

Example request: Which of Rome and Oslo is farther from Paris?
Tools:
- distance_km(start: str, end: str) -> float  # Measures how far apart two cities are. Such as: \
distance_km(start='Bern', end='Rome') == 689.0
Program:
```python
cities = ['Rome', 'Oslo']
answer = max(cities, key=lambda city: distance_km('Paris', city))
```"""


@dataclass(frozen=True)
class Evidence:
    """A plan that failed.

    Attributes:
        plan: Its source; "" where there was none.
        problems: What was wrong: the error with its line, or the requirements that its answer does not meet.
        values: What its steps gave, such as "total = 5".
    """

    plan: str
    problems: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


def first_messages(
    wish: Wish,
    context: str,
    faces: Sequence[ToolFace],
    examples: Sequence[PlanExample] = (),
    evidence: Sequence[Evidence] = (),
    sketch: Sequence[str] = (),
) -> Conversation:
    """Returns the conversation before the model's plan; a sketch is what it said before it saw tools."""
    conversation = Conversation().with_system(_INSTRUCTION)
    for example in examples:
        conversation = conversation.with_user(f"Request: {cut(example.objective, LONGEST_PLAN)}")
        conversation = conversation.with_assistant(f"```python\n{cut(example.source, LONGEST_PLAN)}```")
    parts = list(wish_parts(wish, LONGEST_OBJECTIVE))
    parts += [context] if context else []
    parts += (
        ["Tools:\n" + "\n".join(map(_told, faces))] if faces else ["There are no tools: write plain Python."]
    )
    if sketch and faces and not evidence:
        parts += ["A first sketch, made before the tools were known:\n" + "\n".join(sketch)]
    parts += [_failed(one) for one in evidence[-MOST_EVIDENCE:]]
    parts.append("Write the shortest program that binds `answer` to what the request asks for, and no more.")
    return conversation.with_user("\n".join(parts))


def _told(face: ToolFace) -> str:
    """Returns a tool in one line: shown stubs, small models write them out again."""
    told = cut(" ".join(face.description.split()), LONGEST_DESCRIPTION)
    example = f" Such as: {face.example}" if face.example else ""
    return f"- {face.name}{face.signature}  # {told}{example}"


def _failed(evidence: Evidence) -> str:
    told = "\n".join(cut(problem, LONGEST_PROBLEM) for problem in (*evidence.problems, *evidence.values))
    plan = f"```python\n{cut(evidence.plan, LONGEST_PLAN).rstrip()}\n```\n" if evidence.plan else ""
    return f"An earlier program failed:\n{plan}Why, as data:\n{fenced(told)}"
