"""The table of experiments/hard_signatures.py, in a real sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from experiments.hard_signature import HardSignature
from experiments.hard_signatures import HARD
from sandbox import SandboxUnavailable
from sandbox.opening import open_sandbox
from tool_bank import ToolBank
from tool_bank.scripted import ScriptedEncoder


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToolBank]:
    directory: Path = tmp_path_factory.mktemp("bank")
    try:
        box = open_sandbox("auto")
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with box, ToolBank.open(directory, sandbox=box, encoder=ScriptedEncoder()) as bank:
        yield bank


@pytest.mark.parametrize("row", HARD, ids=[row.name for row in HARD])
def test_a_hard_signature_has_its_schema_its_call_and_its_refusal(row: HardSignature, bank: ToolBank) -> None:
    bank.add(row.tool())
    assert list(row.faults(bank)) == []


def test_the_table_tells_a_wrong_schema(bank: ToolBank) -> None:
    source = "def f(a: int) -> int:\n    return a\n"
    row = HardSignature("control", source, {"properties/a/type": "string"}, {"a": 1}, 2, {"a": 2}, "a")
    bank.add(row.tool())
    assert len(list(row.faults(bank))) == 3
