"""A bank without a model: the encoder is scripted, the record and the index are real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tool_bank import ToolBank
from tool_bank.record import Record
from tool_bank.scripted import ScriptedEncoder


@pytest.fixture
def encoder() -> ScriptedEncoder:
    return ScriptedEncoder()


@pytest.fixture
def bank(tmp_path: Path, encoder: ScriptedEncoder) -> Iterator[ToolBank]:
    with ToolBank.open(tmp_path / "bank", encoder=encoder) as bank:
        yield bank


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Record]:
    record = Record(tmp_path / "bank.sqlite")
    yield record
    record.close()
