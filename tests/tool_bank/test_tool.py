from __future__ import annotations

from typing import Any

import pytest

from tests.tool_bank.examples import DURATION, tool
from tool_bank import Tool
from tool_bank.tool import STORED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "../etc/passwd"}, r"name\n.*expected a letter, .* found '../etc/passwd'"),
        ({"name": "a" * 65}, "name\n.*up to 63"),
        ({"name": ""}, "name\n.*found ''"),
        ({"description": "  "}, r"description\n.*at least 1 character"),
        ({"description": "x" * 1_000_000}, r"description\n.*at most 10000 characters"),
        (
            {"source": "def parse_duration(text, /, *more): ..."},
            "source: .*expected parameters that a caller can name",
        ),
        (
            {"source": "def parse_duration(text): ..."},
            "source: .*annotation for every parameter, .* for text",
        ),
        ({"source": "class parse_duration: ..."}, "plain `def` in the source, found a class"),
        ({"source": "def parse_duration(text: str):\n    yield 1"}, "source: .*found a generator"),
        ({"source": "x = 1\n" * 100_000}, r"source\n.*at most 200000 characters, found 600000"),
        ({"source": "def f(:"}, "line 1: invalid syntax"),
        (
            {"source": "x = 1"},
            r"function 'parse_duration': expected its definition in the source, found no function",
        ),
        (
            {"function": "other"},
            "function 'other': expected its definition in the source, found parse_duration",
        ),
        ({"scores": {"test": float("nan")}}, r"scores\.test\n.*finite"),
        ({"integrity": "honest"}, "integrity\n.*'verified' or 'in-process'"),
        ({"status": "asleep"}, "status\n.*'candidate'"),
        ({"example_queries": ("",)}, r"example_queries\.0\n"),
        ({"provenance": {"seed": object()}}, "provenance"),
        ({"colour": "red"}, "colour\n.*not permitted"),
    ],
)
def test_what_cannot_be_a_tool_is_refused_by_the_name_of_its_field(
    fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        tool(**fields)


def test_a_source_nested_beyond_parsing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"cannot be parsed|line 1"):
        tool(source="def parse_duration(text): return " + "(" * 10_000 + ")" * 10_000)


def test_a_tool_that_makes_sense_is_taken_and_cannot_be_changed() -> None:
    made = tool(
        scores={"hidden": 1.0}, provenance={"run": "r1", "parents": ["a"]}, example_queries=("how long?",)
    )
    assert made.status == "active"
    with pytest.raises(ValueError, match="frozen"):
        made.name = "other"  # type: ignore[misc]


def test_the_version_is_of_the_content_and_not_of_the_status() -> None:
    assert tool().version == tool().version == tool(status="candidate").version
    others: list[dict[str, Any]] = [
        {"description": "Other."},
        {"source": tool().source + "\n"},
        {"scores": {"a": 1.0}},
        {"provenance": {"seed": 1}},
        {"example_queries": ("q",)},
    ]
    assert len({tool().version, *(tool(**other).version for other in others)}) == 1 + len(others)


def test_the_signature_is_read_from_the_source() -> None:
    assert DURATION.signature.text == "(text: str, unit: int=1) -> int"


def test_a_tool_survives_the_way_through_json() -> None:
    made = tool(provenance={"cost": {"seconds": 1.5}}, scores={"a": 0.1})
    assert Tool.model_validate_json(made.model_dump_json()) == made
    assert Tool.model_validate_json(made.model_dump_json()).version == made.version


def test_what_was_a_tool_before_a_rule_was_made_is_read_as_ever() -> None:
    fields = {**tool().model_dump(), "source": "def parse_duration(text):\n    yield text\n"}
    with pytest.raises(ValueError, match="annotation"):
        Tool.model_validate(fields)
    assert Tool.model_validate(fields, context=STORED).signature.text == "(text)"
