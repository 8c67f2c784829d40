from __future__ import annotations

import dataclasses
import datetime
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from language_models import ToolFormat
from language_models.parser import ParseError
from language_models.tool_format import offered, tool_format
from programs.callable_schema import schemas_of


def forecast(city: str, day: datetime.date, unit: Literal["C", "F"] = "C") -> float:
    """Tells how warm it will be.

    Args:
        city: Where.
        day: When.
    """
    return 0.0


class Search(BaseModel):
    """Looks something up."""

    query: str = Field(description="What to look for.")
    limit: Annotated[int, Field(ge=1, le=50)] = 5


@dataclasses.dataclass
class Move:
    """Goes somewhere."""

    x: int
    y: int


STORED = {
    "type": "function",
    "function": {
        "name": "parse_duration",
        "description": "Seconds of a duration.",
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    },
}


def test_a_function_becomes_a_tool_by_its_annotations_and_its_docstring() -> None:
    told = tool_format(forecast)
    assert (told.name, told.description, told.strict) == ("forecast", "Tells how warm it will be.", True)
    assert told.parameters["required"] == ["city", "day", "unit"]
    assert told.parameters["properties"]["city"] == {"type": "string", "description": "Where."}
    assert schemas_of(forecast).returns == {"type": "number"}


def test_a_class_becomes_a_tool_by_its_fields() -> None:
    told = tool_format(Search)
    assert (told.name, told.description) == ("Search", "Looks something up.")
    assert told.parameters["properties"]["query"]["description"] == "What to look for."
    assert "description" not in told.parameters
    assert tool_format(Move).parameters["properties"].keys() == {"x", "y"}


def test_a_stored_tool_is_offered_as_it_is() -> None:
    told = tool_format(STORED)
    assert told.as_dict() == STORED
    assert tool_format(told) is told


def test_arguments_are_read_as_the_tool_takes_them() -> None:
    assert offered(forecast).read({"city": "Rome", "day": "2024-02-29", "unit": None}) == {
        "city": "Rome",
        "day": datetime.date(2024, 2, 29),
    }
    assert offered(Search).read({"query": "x", "limit": None}) == Search(query="x")
    assert offered(Move).read({"x": 1, "y": 2}) == Move(1, 2)
    assert offered(STORED).read({"text": "1h"}) == {"text": "1h"}


@pytest.mark.parametrize(
    ("thing", "arguments", "words"),
    [
        (forecast, {"city": 1, "day": "2024-02-29"}, "city: string"),
        (forecast, {"city": "Rome"}, "the keys city, day"),
        (forecast, {"city": "Rome", "day": "someday"}, "arguments of forecast"),
        (Search, {"query": "x", "limit": 99}, "limit: Input should be less than or equal to 50"),
        (STORED, {"text": 1}, "text: string"),
        (STORED, [], "a JSON object"),
    ],
)
def test_wrong_arguments_are_refused_with_what_is_wrong(thing: object, arguments: object, words: str) -> None:
    with pytest.raises(ParseError) as refused:
        offered(thing).read(arguments)  # type: ignore[arg-type]
    assert words in str(refused.value)


def test_what_cannot_be_offered_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="expected a name of 1 to 64 letters"):
        tool_format(lambda: 0)
    with pytest.raises(ValueError, match="expected a type of the parameter 'x', found none"):
        tool_format(lambda x: x)

    def odd(x: NotThere) -> None:  # type: ignore[name-defined]  # noqa: F821
        """Never read."""

    with pytest.raises(ValueError, match="tool odd: no schema could be derived"):
        tool_format(odd)
    with pytest.raises(ValueError, match="parameters that are an object"):
        tool_format(ToolFormat("f", "", {"type": "string"}))
    with pytest.raises(ValueError, match="expected"):
        tool_format({"name": "f"})
