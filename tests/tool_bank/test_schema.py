from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox import Outcome
from sandbox.scripted import ScriptedSandbox
from tests.tool_bank.examples import DURATION, PACK, bank_with, tool
from tool_bank import ToolCallFailed, ToolSchemaFailed
from tool_bank.schema import GUEST, LARGEST_BYTES, derive_schema, read_schema
from tool_bank.schema_store import SchemaStore

TEXT = {"type": "string"}


def reply(**changes: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": {"text": TEXT, "unit": {"type": "integer"}}}
    return {
        "parameters": parameters,
        "returns": None,
        "description": "",
        "arrays": [],
        "converts": False,
        **changes,
    }


def parameters(**properties: Any) -> dict[str, Any]:
    return {"parameters": {"type": "object", "properties": properties}}


def test_a_schema_is_derived_by_the_guest_and_survives_its_way_through_the_record() -> None:
    box = ScriptedSandbox(lambda *_: reply())
    schema = derive_schema(DURATION, box)
    assert box.calls == [(GUEST, "derive")]
    assert list(schema.properties) == ["text", "unit"]
    assert read_schema(schema.model_dump_json()) == schema


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (5, "no sound schema"),
        ({}, "parameters"),
        (reply(extra=1), "extra"),
        (reply(converts=1), "converts"),
        (parameters(text=TEXT), r"expected the parameters \['text', 'unit'\], found \['text'\]"),
        (parameters(text=TEXT, unit={"type": "whole"}), "expected a JSON schema"),
        (parameters(text=TEXT, unit={"$ref": "file:///etc/passwd"}), r"references to its own \$defs"),
        (parameters(text=TEXT, unit={"$id": "http://elsewhere/"}), r"known keywords, found \['\$id'\]"),
        (parameters(text=TEXT, unit={"description": "x" * LARGEST_BYTES}), "bytes of schema"),
        (
            parameters(text=TEXT, unit={"type": "object", "patternProperties": {"(a+)+$": {}}}),
            r"known keywords, found \['patternProperties'\]",
        ),
        ({"parameters": {"type": "array"}}, "expected an object with its properties"),
        ({"parameters": {"type": "object", "properties": [1]}}, "expected"),
    ],
)
def test_a_forged_schema_is_not_taken(forged: Any, words: str) -> None:
    with pytest.raises(ToolSchemaFailed, match=f"(?s)parse_duration.*no schema could be derived: .*{words}"):
        derive_schema(DURATION, ScriptedSandbox(lambda *_: forged))


def test_a_stored_schema_of_another_form_is_derived_anew() -> None:
    assert read_schema('{"form": 99, "parameters": {}}') is None


class _Boxes:
    """Gives one scripted sandbox for everything."""

    def __init__(self, box: ScriptedSandbox) -> None:
        self.converting = self.of = lambda _tool: box


def store(record: Any, answer: Any) -> tuple[SchemaStore, ScriptedSandbox]:
    box = ScriptedSandbox(answer)
    boxes: Any = _Boxes(box)
    return SchemaStore(record, boxes), box


def test_a_schema_is_derived_once_for_a_version_and_kept(record: Any) -> None:
    record.add([DURATION])
    schemas, box = store(record, lambda *_: reply())
    assert schemas.of(DURATION) is schemas.of(DURATION)
    later, idle = store(record, lambda *_: reply())
    assert later.of(DURATION) == schemas.of(DURATION)
    assert (len(box.calls), len(idle.calls)) == (1, 0)


def test_a_failure_of_the_tool_is_remembered_and_one_of_the_moment_is_not(record: Any) -> None:
    schemas, box = store(record, {GUEST: Outcome("raised", error="ValueError: no")})
    for _ in range(2):
        with pytest.raises(ToolSchemaFailed, match="ValueError: no"):
            schemas.of(DURATION)
    assert len(box.calls) == 1
    slow, box = store(record, {GUEST: Outcome("timed_out", error="wall limit")})
    for _ in range(2):
        with pytest.raises(ToolSchemaFailed, match="wall limit"):
            slow.of(DURATION)
    assert len(box.calls) == 2


@pytest.mark.bubblewrap
def test_tools_are_offered_to_chat_models_and_described(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    documented = tool(
        source='def parse_duration(text: str, unit: int = 1) -> int:\n    """Parses.\n\n'
        '    Args:\n        text: Such as 1h.\n    """\n    return len(text) // unit\n'
    )
    broken = tool(
        "broken_duration", "Parses durations badly.", source="def broken_duration(x: Nothing): ...\n"
    )
    with bank_with(tmp_path) as bank:
        bank.add_many([documented, PACK, broken])
        with caplog.at_level(logging.WARNING):
            [offered] = [
                entry["function"]
                for entry in bank.openai_tools("parses durations", k=3)
                if entry["function"]["name"] == "parse_duration"
            ]
        assert offered["strict"] is True
        assert offered["parameters"]["properties"]["text"] == {"type": "string", "description": "Such as 1h."}
        assert offered["parameters"]["required"] == ["text", "unit"]
        assert "not offered: broken_duration" in caplog.text
        described = bank.describe("parse_duration")
        assert described.returns == {"type": "integer"}
        assert described.signature == "(text: str, unit: int=1) -> int"
        assert bank.call("parse_duration", {"text": "four", "unit": None}) == 4
        with pytest.raises(ToolCallFailed, match="NameError: name 'Nothing' is not defined"):
            bank.call("broken_duration", {"x": 1})


@pytest.mark.bubblewrap
def test_a_wrong_result_and_a_hostile_import_are_failures_of_their_tools(tmp_path: Path) -> None:
    wrong = tool(
        "wrong", "Returns what it should not.", source="def wrong(x: int) -> int:\n    return str(x)\n"
    )
    exits = tool(
        "exits", "Ends its process.", source="import os\nos._exit(0)\ndef exits(x: int) -> int: ...\n"
    )
    with bank_with(tmp_path) as bank:
        bank.add_many([wrong, exits])
        with pytest.raises(ToolCallFailed, match="wrong returned a wrong result: value: expected integer"):
            bank.call("wrong", {"x": 1})
        with pytest.raises(ToolSchemaFailed, match="exits.*crashed"):
            bank.call("exits", {"x": 1})


def test_importing_the_room_does_not_load_what_only_the_sandbox_needs() -> None:
    code = "import sys, tool_bank; print(*{'docstring_parser', 'docker'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == ""
