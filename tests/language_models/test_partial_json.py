from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language_models.partial_json import Field, PartialJson

TEXT = '{"goal": "rest", "steps": [{"tool": "sleep", "n": 8}, []], "sure": true, "cost": -1.5e3}'
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
CONTAINERS = st.lists(VALUES) | st.dictionaries(st.text(), VALUES)


def told(text: str, size: int = 1) -> list[Field]:
    reader = PartialJson()
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    return [field for piece in pieces for field in reader.feed(piece)]


def test_each_part_is_told_as_soon_as_it_is_complete() -> None:
    reader = PartialJson()
    assert reader.feed('{"goal": "re') == []
    assert reader.feed('st", "steps": [{"tool": "sl') == [Field(("goal",), "rest")]
    assert reader.path == ("steps", 0, "tool")
    assert reader.feed('eep", "n": 8') == [Field(("steps", 0, "tool"), "sleep")]
    assert reader.feed("}") == [
        Field(("steps", 0, "n"), 8),
        Field(("steps", 0), {"tool": "sleep", "n": 8}),
    ]
    assert not reader.is_complete
    assert reader.feed("]}") == [
        Field(("steps",), [{"tool": "sleep", "n": 8}]),
        Field((), {"goal": "rest", "steps": [{"tool": "sleep", "n": 8}]}),
    ]
    assert reader.is_complete
    assert reader.feed("more") == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_the_size_of_the_pieces_makes_no_difference(size: int) -> None:
    assert told(TEXT, size) == told(TEXT)
    assert told(TEXT)[-1] == Field((), json.loads(TEXT))


@given(CONTAINERS, st.integers(1, 9), st.booleans())
def test_any_value_is_read_as_json_reads_it(value: object, size: int, is_ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii)
    if text.startswith("[") and len(text) > 1 and text[1] not in '"[{]-0123456789':
        return  # a list of words looks like prose
    fields = told(text, size)
    assert fields[-1] == Field((), value)
    assert json.dumps(fields[-1].value) == json.dumps(value)


@given(CONTAINERS, st.data())
def test_nothing_is_told_that_the_rest_could_change(value: object, data: st.DataObject) -> None:
    text = json.dumps(value)
    beginning = text[: data.draw(st.integers(0, len(text)))]
    fields = told(beginning, 5)
    assert fields == told(text, 5)[: len(fields)]


def test_what_stands_before_is_skipped() -> None:
    for before in ("```json\n", "Here is {it}: ", "Sure [really]! "):
        assert told(f"{before}{TEXT}\n```")[-1] == Field((), json.loads(TEXT))


@pytest.mark.parametrize(
    "text",
    ['{"a" 1}', '{"a": 1 2}', '{"a": nul}', '{"a": 1,}', '{"a": 1]', '{"a": NaN}', '{"a":: 1}', "[1, x]"],
)
def test_what_is_no_json_is_told_as_a_problem(text: str) -> None:
    reader = PartialJson()
    fields = reader.feed(text)
    assert reader.problem.startswith("expected ")
    assert not reader.is_complete
    assert Field((), {}) not in fields


def test_a_value_of_many_pieces_takes_time_by_its_length() -> None:
    reader = PartialJson()
    assert reader.feed("[" * 50_000) == []
    assert reader.problem == ""
