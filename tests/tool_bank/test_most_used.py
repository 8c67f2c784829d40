"""What those who serve a bank ask of it: its most used tools, its clock, and one tool's schema."""

from pathlib import Path

from tests.tool_bank.examples import bank_with
from tool_bank import Tool


def tool(name: str) -> Tool:
    return Tool(
        name=name,
        description="Adds one to a number.",
        source=f"def {name}(number: int) -> int:\n    return number + 1\n",
        function=name,
        packages=(),
    )


def test_the_most_used_tools_come_first_and_only_served_ones(tmp_path: Path) -> None:
    with bank_with(tmp_path) as bank:
        bank.add_many([tool("a"), tool("b"), tool("c"), tool("d")])
        assert bank.most_used(3) == ["a", "b", "c"]
        bank.call("c", {"number": 1})
        bank.call("c", {"number": 1})
        bank.call("b", {"number": 1})
        assert bank.most_used(3) == ["c", "b", "a"]
        bank.retire("c", "no longer wanted")
        assert bank.most_used(9) == ["b", "a", "d"]


def test_the_clock_moves_with_every_change_of_a_tool_and_with_no_call(tmp_path: Path) -> None:
    with bank_with(tmp_path) as bank:
        empty = bank.clock
        bank.add(tool("a"))
        added = bank.clock
        assert added > empty
        bank.call("a", {"number": 1})
        assert bank.clock == added
        bank.retire("a", "no longer wanted")
        assert bank.clock > added


def test_a_schema_says_what_a_tool_takes_and_gives(tmp_path: Path) -> None:
    with bank_with(tmp_path) as bank:
        bank.add(tool("a"))
        schema = bank.schema("a")
        assert schema.required == {"number"}
        assert schema.returns == {"type": "integer"}
