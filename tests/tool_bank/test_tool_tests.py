from __future__ import annotations

import pytest

from tests.tool_bank.examples import DURATION, tool
from tool_bank import ToolBank, ToolTest

HOUR = ToolTest({"text": "1h"}, 3600, "example")
DAY = ToolTest({"text": "1d"}, 86400, "consensus", hidden=True)


def test_the_tests_that_a_version_entered_with_are_kept_in_order(bank: ToolBank) -> None:
    bank.add(DURATION, [HOUR, DAY])
    assert bank.tests("parse_duration") == [HOUR, DAY]


def test_a_version_keeps_its_tests_whatever_is_added_later(bank: ToolBank) -> None:
    bank.add(DURATION, [HOUR])
    bank.add(DURATION, [ToolTest({"text": "1h"}, 0, "consensus"), DAY])
    assert bank.tests("parse_duration") == [HOUR, DAY]
    bank.add(tool(description="Another one."))
    assert bank.tests("parse_duration") == []


def test_a_test_that_json_cannot_carry_is_refused_and_so_is_its_tool(bank: ToolBank) -> None:
    with pytest.raises(ValueError, match=r"expected a value that JSON can carry"):
        bank.add(DURATION, [ToolTest({"text": {1, 2}}, 0, "example")])
    assert bank.names() == []
