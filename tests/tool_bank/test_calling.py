from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from sandbox import Outcome, Sandbox, SandboxUnavailable
from sandbox.interface import Value
from sandbox.opening import open_sandbox
from sandbox.scripted import ScriptedSandbox
from tests.tool_bank.examples import DURATION, DURATION_SCHEMA, PACK, PACK_SCHEMA, schema, tool
from tool_bank import ToolCallFailed, ToolCallRefused
from tool_bank.calling import ENTRY, call_tool


def arguments_given(_source: str, _function: str, arguments: Sequence[Value]) -> Value:
    return arguments[0]


class Always(dict[str, Outcome]):
    """The same outcome for every source."""

    def get(self, _key: object, _default: object = None) -> Any:
        return self[""]


def test_arguments_are_passed_by_name_through_an_entry_added_to_the_source() -> None:
    box = ScriptedSandbox(arguments_given)
    assert call_tool(DURATION, DURATION_SCHEMA, {"text": "1h"}, box) == {"text": "1h"}
    source, function = box.calls[0]
    assert source.startswith(DURATION.source)
    assert source.endswith(f"def {ENTRY}(arguments):\n    return parse_duration(**arguments)\n")
    assert function == ENTRY


def test_a_list_becomes_an_array_where_the_tool_wants_one() -> None:
    given = call_tool(PACK, PACK_SCHEMA, {"item": 2, "bins": [1, 2.5]}, ScriptedSandbox(arguments_given))
    assert isinstance(given["bins"], np.ndarray)
    assert given["bins"].tolist() == [1.0, 2.5]
    assert given["item"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, r"expected arguments \(text: str, unit: int=1\) -> int, found none: missing text"),
        ({"text": "x", "colour": 1}, "found text, colour: unknown colour"),
        ({"unit": 1, "colour": 1}, "missing text; unknown colour"),
        ({"text": object()}, "parse_duration: "),
    ],
)
def test_arguments_that_do_not_fit_are_refused_and_nothing_runs(
    arguments: dict[str, Any], words: str
) -> None:
    box = ScriptedSandbox(arguments_given)
    with pytest.raises(ToolCallRefused, match=words):
        call_tool(DURATION, DURATION_SCHEMA, arguments, box)
    assert box.calls == []


@pytest.mark.parametrize("bins", [["a"], [[1], [1, 2]], [None], [10**400]])
def test_a_list_that_is_no_array_of_numbers_is_refused(bins: list[Any]) -> None:
    with pytest.raises(ToolCallRefused, match=r"pack_bins: bins: expected a list of numbers"):
        call_tool(PACK, PACK_SCHEMA, {"item": 1, "bins": bins}, ScriptedSandbox(arguments_given))


def test_what_the_tool_raises_is_told_in_its_own_words() -> None:
    def fails(*_: Any) -> Value:
        raise KeyError("no such unit")

    with pytest.raises(ToolCallFailed, match="parse_duration raised KeyError: 'no such unit'") as caught:
        call_tool(DURATION, DURATION_SCHEMA, {"text": "x"}, ScriptedSandbox(fails))
    assert caught.value.outcome.status == "returned"


def test_a_process_that_came_to_grief_is_told_with_its_status() -> None:
    box = ScriptedSandbox(Always({"": Outcome("timed_out", error="wall limit of 5 s")}))
    with pytest.raises(ToolCallFailed, match="parse_duration timed out: wall limit of 5 s") as caught:
        call_tool(DURATION, DURATION_SCHEMA, {"text": "x"}, box)
    assert caught.value.outcome.status == "timed_out"


def test_tools_run_in_a_real_sandbox() -> None:
    try:
        opened = open_sandbox("auto")
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with opened:
        box: Sandbox = opened
        assert call_tool(DURATION, DURATION_SCHEMA, {"text": "four", "unit": 2}, box) == 2
        assert call_tool(DURATION, DURATION_SCHEMA, {"text": "four"}, box) == 4
        assert call_tool(PACK, PACK_SCHEMA, {"item": 2.0, "bins": [1, 2]}, box).tolist() == [1.0, 0.0]
        with pytest.raises(ToolCallFailed, match="raised ZeroDivisionError"):
            call_tool(DURATION, DURATION_SCHEMA, {"text": "four", "unit": 0}, box)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"text": 5}, "text: expected string, found 5"),
        ({"text": "x", "unit": True}, "unit: expected integer, found True"),
        ({"text": "x", "unit": 2.0}, r"unit: expected integer, found 2\.0"),
    ],
)
def test_arguments_of_a_wrong_type_are_refused_before_anything_runs(
    arguments: dict[str, Any], words: str
) -> None:
    box = ScriptedSandbox(arguments_given)
    with pytest.raises(ToolCallRefused, match=f"parse_duration: {words}"):
        call_tool(DURATION, DURATION_SCHEMA, arguments, box)
    assert box.calls == []


def test_null_stands_for_the_default_where_the_parameter_does_not_take_it() -> None:
    box = ScriptedSandbox(arguments_given)
    assert call_tool(DURATION, DURATION_SCHEMA, {"text": "x", "unit": None}, box) == {"text": "x"}
    takes_null = schema({"text": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, [])
    assert call_tool(tool(), takes_null, {"text": None}, box) == {"text": None}


@pytest.mark.parametrize(
    ("returns", "value", "words"),
    [
        ({"type": "integer"}, "x", "expected integer, found 'x'"),
        ({"type": "integer"}, True, "expected integer, found True"),
        ({"type": "array", "items": {"type": "string"}}, ["a", 1], r"\[1\]: expected string, found 1"),
        ({"type": "array", "items": {}}, None, "expected array, found None"),
    ],
)
def test_a_wrong_result_is_told_with_what_was_expected_and_found(
    returns: dict[str, Any], value: Value, words: str
) -> None:
    declared = schema({"text": {"type": "string"}}, ["text"], returns)
    with pytest.raises(ToolCallFailed, match=f"parse_duration returned a wrong result: .*{words}"):
        call_tool(tool(), declared, {"text": "x"}, ScriptedSandbox(lambda *_: value))


@pytest.mark.parametrize(
    ("kind", "value"), [("integer", 3.0), ("number", 3), ("array", np.array([1.5])), ("null", None)]
)
def test_a_result_that_equals_what_was_expected_will_do(kind: str, value: Value) -> None:
    declared = schema({"text": {"type": "string"}}, ["text"], {"type": kind})
    given = call_tool(tool(), declared, {"text": "x"}, ScriptedSandbox(lambda *_: value))
    assert np.array_equal(given, value) if kind == "array" else given == value


@pytest.mark.parametrize("reply", [5, ["value"], ["refused", 1], ["other", "x"]])
def test_a_reply_of_the_guest_that_a_tool_has_forged_is_a_failure(reply: Value) -> None:
    converting = schema({"text": {"type": "string"}}, ["text"], converts=True)
    with pytest.raises(ToolCallFailed, match="gave no reply that can be read"):
        call_tool(tool(), converting, {"text": "x"}, ScriptedSandbox(lambda *_: reply))
    good = ScriptedSandbox(lambda *_: ["value", 5])
    assert call_tool(tool(), converting, {"text": "x"}, good) == 5
