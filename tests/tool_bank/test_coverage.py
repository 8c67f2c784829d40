from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.tool_bank.examples import DURATION, PACK, SLUG
from tool_bank import Tool, ToolBank
from tool_bank.coverage import coverage, figures, fits
from tool_bank.ranking import Hit


def made(signature: str) -> Tool:
    source = f"def f({signature}):\n    return None\n"
    return Tool(name="f", description="Does it.", source=source, function="f")


@pytest.mark.parametrize(
    ("signature", "arguments"),
    [
        ("text: str, unit: int = 1", ["1h"]),
        ("text: str, unit: int = 1", ["1h", 2]),
        ("text: str, unit: int = 1", {"unit": 2, "text": "1h"}),
        ("x: float", [1]),
        ("x: int | None", [None]),
        ("x: Optional[int]", [None]),
        ("x: 'Union[int, str]'", ["a"]),
        ("x: typing.Union[int, str]", [b""]),  # of a name it does not know, it knows nothing
        ("x: list[list[int]]", [[[1]]]),
        ("x: np.ndarray", [[1.0]]),
        ("x: npt.NDArray[np.float64]", [np.zeros(2)]),
        ("x: Matrix", [object()]),
        ("x: object", [object()]),
        ("*, x: bool", {"x": True}),
        ("", []),
    ],
)
def test_arguments_that_could_be_passed_fit(signature: str, arguments: Any) -> None:
    assert fits(made(signature), arguments)


@pytest.mark.parametrize(
    ("signature", "arguments"),
    [
        ("text: str, unit: int = 1", []),
        ("text: str, unit: int = 1", ["1h", 2, 3]),
        ("text: str, unit: int = 1", {"unit": 2}),
        ("text: str", {"text": "1h", "other": 1}),
        ("text: str", [1]),
        ("x: int", [1.5]),
        ("x: int", [True]),
        ("x: int | None", ["a"]),
        ("x: Optional[int]", [[]]),
        ("x: Union[int, str]", [[]]),
        ("x: list[int]", ["a"]),
        ("x: dict[str, int]", [[]]),
        ("", [1]),
    ],
)
def test_arguments_of_another_number_name_or_type_do_not(signature: str, arguments: Any) -> None:
    assert not fits(made(signature), arguments)


def hit(score: float, nearness: float = 0.5, share: float = 0.3) -> Hit:
    return Hit("x", score, nearness, 1.0, share)


def test_the_lead_is_over_the_mean_of_the_next_five() -> None:
    assert figures([hit(0.9), *[hit(0.5)] * 5, hit(0.0)]).lead == pytest.approx(0.4)
    assert figures([hit(0.9), hit(0.5)]).lead == pytest.approx(0.8)


def test_a_near_hit_far_ahead_is_likelier_right_than_one_of_many_alike() -> None:
    alone = coverage([hit(0.9), *[hit(0.2, 0.1)] * 5])
    assert alone > 0.8
    assert coverage([hit(0.4, 0.2)] * 6) < 0.4
    assert coverage([]) == 0.0


def test_a_tool_is_found_where_the_arguments_fit_and_only_there(bank: ToolBank) -> None:
    bank.add_many([DURATION, PACK, SLUG])
    request = "Packs items online into few bins."
    assert bank.find("unheard of", sure=0.9).match is None
    found = bank.find(request, [1.0, [2.0, 3.0]])
    assert found.match is not None
    assert found.match.tool == PACK
    assert 0.5 < found.probability < 1
    refused = bank.find(request, {"nobody": 1})
    assert refused.match is None
    assert refused.why.startswith("the arguments fit none of pack_bins, ")


def test_a_request_that_no_tool_is_near_to_has_none(bank: ToolBank) -> None:
    assert bank.find("sing a song").why == "expected a probability of 0.50, found 0.00"
    bank.add_many([DURATION, PACK, SLUG])
    found = bank.find("sing a lullaby")
    assert found.match is None
    assert found.probability < 0.5
