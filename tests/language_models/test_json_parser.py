from __future__ import annotations

import datetime
import enum
import json
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from language_models import Completion
from language_models.json_parser import JsonParser, SchemaParser
from language_models.parser import ParseError
from programs.schema_check import SchemaCheck
from programs.strict_form import strict_form


class Colour(enum.Enum):
    RED = "red"


class Step(BaseModel):
    tool: str
    times: int = 1


class Plan(BaseModel):
    goal: str
    steps: list[Step]
    due: datetime.date | None = None


@dataclass
class Point:
    x: float
    y: float = 0.0


class Pair(TypedDict):
    left: int
    right: int


class Tree(BaseModel):
    name: str
    children: list[Tree] = []


GOOD = '{"goal": "rest", "steps": [{"tool": "sleep", "times": 2}], "due": "2024-02-29"}'
PLAN = Plan(goal="rest", steps=[Step(tool="sleep", times=2)], due=datetime.date(2024, 2, 29))


def said(text: str) -> Completion:
    return Completion(text, "stop")


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"```json\n{GOOD}\n```",
        f"Here you are:\n```\n{GOOD}\n```\nAnything else?",
        f"Sure {{of course}}: {GOOD} I hope [this] helps.",
        f"<think>perhaps {{}}</think>{GOOD}",
        f'I was told {{"goal": 1, "steps": []}}; so {GOOD}',
        json.dumps(GOOD),
        "{'goal': 'rest', steps: [{'tool': 'sleep', 'times': 2,},], // soon\n 'due': '2024-02-29'}",
        GOOD[:-1],
    ],
)
def test_prose_fences_and_small_faults_are_forgiven(text: str) -> None:
    assert JsonParser(Plan).parse(said(text)) == PLAN


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"goal": "rest", "steps": [{"tool": "sleep", "times": "2"}]}', "steps.0.times: Input should be"),
        ('{"goal": "rest", "steps": [{"tool": "sleep", "times": 2.0}]}', "steps.0.times"),
        ('{"goal": null, "steps": []}', "goal: Input should be a valid string"),
        ('{"goal": "rest"}', "steps: Field required"),
        ('{"goal": "rest", "steps": [], "due": "2023-02-29"}', "due: "),
        ("I would rather not.", "found 'I would rather not.'"),
        ("", "found ''"),
        ("{" * 100_000, "expected JSON for Plan"),
        ("[" * 100_000, "expected JSON for Plan"),
    ],
)
def test_wrong_values_are_refused_with_their_place(text: str, words: str) -> None:
    with pytest.raises(ParseError, match="expected JSON for Plan") as refused:
        JsonParser(Plan).parse(said(text))
    assert words in str(refused.value)
    assert len(str(refused.value)) < 1000


def test_a_reply_that_was_cut_off_is_not_completed() -> None:
    cut = Completion('{"goal": "rest", "steps": [{"tool": "sleep"}, {"tool": "ea', "length")
    with pytest.raises(ParseError, match="cut off"):
        JsonParser(Plan).parse(cut)
    assert JsonParser(Plan).parse(Completion(GOOD, "length")) == PLAN


def test_a_part_of_a_broken_value_is_not_taken_for_the_value() -> None:
    with pytest.raises(ParseError):
        JsonParser(Step).parse(Completion('{"all": [{"tool": "a"}, {"tool": "b"', "length"))


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (int, "42", 42),
        (int, '{"value": 42}', 42),
        (list[int], "The list: [1, 2]", [1, 2]),
        (Literal["a", "b"], '{"value": "a"}', "a"),
        (dict[str, int], '{"value": 1}', {"value": 1}),
        (Point, '{"x": 1}', Point(1.0)),
        (Pair, '{"left": 1, "right": 2}', {"left": 1, "right": 2}),
        (tuple[int, str], '[1, "a"]', (1, "a")),
        (set[int], "[1, 2]", {1, 2}),
        (Colour, '"red"', Colour.RED),
        (int | None, "null", None),
        (Tree, '{"name": "a", "children": [{"name": "b"}]}', Tree(name="a", children=[Tree(name="b")])),
    ],
)
def test_any_type_that_pydantic_knows_can_be_asked_for(kind: Any, text: str, value: object) -> None:
    assert JsonParser(kind).parse(said(text)) == value


@pytest.mark.parametrize("text", ["NaN", "[1e999]", "[Infinity]"])
def test_numbers_that_json_has_no_word_for_are_refused(text: str) -> None:
    with pytest.raises(ParseError):
        JsonParser(list[float] if text[0] == "[" else float).parse(said(text))


@pytest.mark.parametrize("kind", [Plan, Point, Pair, Tree, list[Step], int, Literal["a"], Colour])
def test_a_type_is_asked_for_by_a_strict_schema_of_an_object(kind: Any) -> None:
    parser: JsonParser[Any] = JsonParser(kind)
    schema, words = parser.forms.ranked
    assert schema.schema is not None
    assert schema.schema["type"] == "object"
    assert strict_form(dict(schema.schema)) == schema.schema
    assert words.schema is None
    assert json.dumps(parser.schema, separators=(",", ":")) in words.words


def test_a_schema_reads_what_its_strict_form_lets_a_model_say() -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 3}},
        "required": ["city"],
    }
    parser = SchemaParser(schema)
    spoken = {"city": "Rome", "days": 3}
    strict = parser.forms.ranked[0].schema
    assert SchemaCheck(strict).problem(spoken) is None
    assert parser.parse(said('{"city": "Rome", "days": null}')) == {"city": "Rome"}
    with pytest.raises(ParseError, match="expected city: string, found 1"):
        parser.parse(said('{"city": 1}'))
    with pytest.raises(ParseError, match="expected a JSON object"):
        parser.parse(said("[1]"))
