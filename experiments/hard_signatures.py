"""The twenty hard signatures of experiments/schema_table.py."""

# ruff: noqa: E501 - programs as text are long
from __future__ import annotations

from experiments.hard_signature import HardSignature

HARD = (
    HardSignature(
        "names_that_models_keep",
        """
        def f(_x: int, schema: str, json: bool, self: float, model_config: int = 1, cls: str = "") -> str:
            return f"{_x} {schema} {json} {self} {model_config}{cls}"
        """,
        {"properties/_x/type": "integer", "required": ["_x", "schema", "json", "self"],
         "properties/model_config/default": 1},
        {"_x": 1, "schema": "s", "json": True, "self": 0.5},
        "1 s True 0.5 1",
        {"_x": "1"},
        "_x: expected integer, found '1'",
    ),
    HardSignature(
        "defaults_of_every_kind",
        '''
        def f(text: str = "a", count: int = 2, share: float = 0.5, on: bool = False, none: None = None,
              items: list[int] = [1], table: dict[str, int] = {"a": 1}) -> list:
            """Shows its arguments.

            It has a second paragraph.

            Args:
                text: Which text,
                    in two lines.
                count (int): How many.

            Returns:
                list: All of them.
            """
            return [text, count, share, on, none, items, table]
        ''',
        {"properties/text/description": "Which text,\nin two lines.", "properties/count/description": "How many.",
         "properties/items/default": [1], "properties/table/default": {"a": 1}, "properties/on/default": False,
         "properties/none/type": "null", "required": "nothing"},
        {"count": 3, "share": 1},
        ["a", 3, 1, False, None, [1], {"a": 1}],
        {"count": True},
        "count: expected integer, found True",
        strict=False,
    ),
    HardSignature(
        "numpy_docstring_and_arrays",
        '''
        import numpy as np
        from numpy.typing import NDArray

        def f(weights: NDArray[np.float64], values: "np.ndarray", start: np.ndarray | None = None) -> np.ndarray:
            """Multiplies.

            Parameters
            ----------
            weights, values : array_like
                What is multiplied.
            start : array, optional
                What is added.
            """
            return weights * values + (0 if start is None else start)
        ''',
        {"properties/weights/type": "array", "properties/values/description": "What is multiplied.",
         "properties/start/anyOf/1/type": "null", "required": ["weights", "values"]},
        {"weights": [1, 2.5], "values": [[1, 2], [3, 4]]},
        [[1.0, 5.0], [3.0, 10.0]],
        {"weights": ["a"]},
        "weights[0]: expected number or boolean or array, found 'a'",
    ),
    HardSignature(
        "dates_and_exact_numbers",
        """
        import datetime as dt
        import uuid
        from decimal import Decimal

        def f(day: dt.date, at: dt.datetime, span: dt.timedelta, price: Decimal, key: uuid.UUID,
              data: bytes = b"") -> tuple[dt.datetime, Decimal, str]:
            \"\"\"Adds.

            :param day: The day.
            :param at: The moment.
            \"\"\"
            assert isinstance(key, uuid.UUID) and isinstance(data, bytes)
            return at + span, price * 2, day.isoformat()
        """,
        {"properties/day/format": "date", "properties/day/description": "The day.",
         "properties/at/format": "date-time", "properties/span/format": "duration",
         "properties/key/format": "uuid", "properties/data/type": "string"},
        {"day": "2024-02-29", "at": "2024-02-29T12:00:00", "span": "PT1H", "price": "0.1",
         "key": "12345678-1234-5678-1234-567812345678"},
        ["2024-02-29T13:00:00", "0.2", "2024-02-29"],
        {"day": "2023-02-29"},
        "day: ",
        strict=False,
    ),
    HardSignature(
        "nested_dataclasses_under_future_annotations",
        """
        from __future__ import annotations
        from dataclasses import dataclass, field

        @dataclass
        class Line:
            start: Point
            end: Point
            tags: list[str] = field(default_factory=list)

        @dataclass(frozen=True)
        class Point:
            x: float
            y: float = 0.0

        def f(line: Line, scale: float = 1) -> Line:
            end = Point(line.end.x * scale, line.end.y * scale)
            return Line(line.start, end, line.tags + ["scaled"])
        """,
        {"properties/line/$ref": "#/$defs/Line", "$defs/Point/required": ["x"],
         "$defs/Line/properties/start/$ref": "#/$defs/Point", "$defs/Line/additionalProperties": False},
        {"line": {"start": {"x": 1}, "end": {"x": 2, "y": 3}}, "scale": 2},
        {"start": {"x": 1.0, "y": 0.0}, "end": {"x": 4.0, "y": 6.0}, "tags": ["scaled"]},
        {"line": {"start": {"x": "left"}, "end": {"x": 2}}},
        "line.start.x: expected number, found 'left'",
        strict=False,
    ),
    HardSignature(
        "typed_dictionaries_with_keys_that_may_be_missing",
        """
        from typing import NotRequired, Required, TypedDict

        class Address(TypedDict):
            street: str
            number: NotRequired[int]

        class Person(TypedDict, total=False):
            name: Required[str]
            address: Address

        def f(people: list[Person]) -> dict[str, str]:
            return {p["name"]: p.get("address", {}).get("street", "?") for p in people}
        """,
        {"$defs/Address/required": ["street"], "$defs/Person/required": ["name"],
         "properties/people/items/$ref": "#/$defs/Person"},
        {"people": [{"name": "Ann", "address": {"street": "High"}}, {"name": "Bob"}]},
        {"Ann": "High", "Bob": "?"},
        {"people": [{"address": {"street": "High"}}]},
        "people[0]: expected the keys name",
        strict=False,
    ),
    HardSignature(
        "enumerations",
        """
        import enum
        from typing import Literal

        class Colour(enum.Enum):
            RED = "red"
            BLUE = "blue"

        class Level(enum.IntEnum):
            LOW = 1
            HIGH = 2

        def f(colour: Colour, level: Level = Level.LOW, mode: Literal["a", "b"] = "a") -> list[Colour]:
            return [Colour(colour.value), *[Colour.BLUE] * level.value] if mode == "a" else []
        """,
        {"$defs/Colour/enum": ["red", "blue"], "$defs/Level/type": "integer", "properties/level/default": 1,
         "properties/mode/enum": ["a", "b"]},
        {"colour": "red", "level": 2},
        ["red", "blue", "blue"],
        {"colour": "green"},
        "colour: expected one of 'red', 'blue', found 'green'",
    ),
    HardSignature(
        "a_tree_that_refers_to_itself",
        """
        from dataclasses import dataclass
        from typing import Optional

        @dataclass
        class Tree:
            value: int
            left: "Optional[Tree]" = None
            right: "Tree | None" = None

        def f(tree: Tree) -> int:
            return tree.value + sum(f(child) for child in (tree.left, tree.right) if child)
        """,
        {"properties/tree/$ref": "#/$defs/Tree", "$defs/Tree/properties/left/anyOf/0/$ref": "#/$defs/Tree"},
        {"tree": {"value": 1, "left": {"value": 2, "right": {"value": 4}}}},
        7,
        {"tree": {"value": 1, "left": {"value": 2, "right": {"value": "4"}}}},
        "tree.left.right.value: expected integer, found '4'",
    ),
    HardSignature(
        "an_alias_that_refers_to_itself",
        """
        from typing import Union

        Json = Union[dict[str, "Json"], "list[Json]", str, int, None]

        def f(value: Json, depth: int = 0) -> int:
            if isinstance(value, (dict, list)):
                inner = value.values() if isinstance(value, dict) else value
                return max((f(entry, depth + 1) for entry in inner), default=depth)
            return depth
        """,
        {"properties/value/$ref": "#/$defs/Json", "$defs/Json/anyOf/1/items/$ref": "#/$defs/Json"},
        {"value": {"a": [1, ["b"]]}},
        3,
        {"value": {"a": [1.5]}},
        "value.a[0]: expected",
        strict=False,
    ),
    HardSignature(
        "models_told_apart_by_a_field",
        """
        from typing import Annotated, Literal, Union
        from pydantic import BaseModel, ConfigDict, Field

        class Circle(BaseModel):
            model_config = ConfigDict(extra="forbid")
            kind: Literal["circle"]
            radius: float = Field(gt=0)

        class Square(BaseModel):
            kind: Literal["square"]
            side: float

        Shape = Annotated[Union[Circle, Square], Field(discriminator="kind")]

        def f(shapes: list[Shape]) -> float:
            return sum(3 * s.radius ** 2 if isinstance(s, Circle) else s.side ** 2 for s in shapes)
        """,
        {"$defs/Circle/properties/radius/exclusiveMinimum": 0, "$defs/Circle/required": ["kind", "radius"]},
        {"shapes": [{"kind": "circle", "radius": 1}, {"kind": "square", "side": 2}]},
        7.0,
        {"shapes": [{"kind": "circle", "radius": -1}]},
        "shapes[0].radius: expected more than 0, found -1",
        strict=False,
    ),
    HardSignature(
        "constraints_in_annotations_and_defaults",
        """
        from typing import Annotated
        from pydantic import Field

        def f(
            share: Annotated[float, Field(ge=0, le=1, description="Between none and all.")],
            code: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "ABC",
            names: Annotated[list[str], Field(min_length=1, max_length=3)] = ["x"],
            retries: int = Field(3, ge=0, description="How often."),
        ) -> str:
            return f"{share} {code} {names} {retries}"
        """,
        {"properties/share/maximum": 1, "properties/share/description": "Between none and all.",
         "properties/code/pattern": "^[A-Z]{3}$", "properties/names/maxItems": 3,
         "properties/retries/default": 3, "properties/retries/minimum": 0, "required": ["share"]},
        {"share": 0.25},
        "0.25 ABC ['x'] 3",
        {"code": "abcd"},
        "code: ",
    ),
    HardSignature(
        "tuples_and_sets",
        """
        def f(pair: tuple[int, str], many: tuple[float, ...], seen: set[str], fixed: frozenset[int] = frozenset()
              ) -> dict[str, tuple[int, ...]]:
            assert isinstance(pair, tuple) and isinstance(many, tuple) and isinstance(seen, set)
            return {pair[1]: (pair[0], len(many), len(seen | {"x"}), len(fixed))}
        """,
        {"properties/pair/prefixItems/1/type": "string", "properties/pair/maxItems": 2,
         "properties/many/items/type": "number", "properties/seen/uniqueItems": True},
        {"pair": [1, "a"], "many": [1, 2.5], "seen": ["x", "y"], "fixed": [1]},
        {"a": [1, 2, 2, 1]},
        {"pair": [1, "a", 2]},
        "pair: expected ",
        strict=False,
    ),
    HardSignature(
        "mappings_whose_keys_are_numbers",
        """
        from collections.abc import Mapping, Sequence

        def f(rows: dict[int, list[float]], names: Mapping[str, Sequence[int]]) -> dict[int, float]:
            return {key: sum(row) + len(names) for key, row in rows.items() if isinstance(key, int)}
        """,
        {"properties/rows/additionalProperties/items/type": "number",
         "properties/names/additionalProperties/type": "array"},
        {"rows": {"1": [1, 2], "2": []}, "names": {"a": [1]}},
        {"1": 4.0, "2": 1.0},
        {"rows": {"one": [1]}},
        "rows.one",
        strict=False,
    ),
    HardSignature(
        "named_types_and_annotations_as_text",
        """
        from typing import NewType, TypeAlias

        UserId = NewType("UserId", int)
        Table: TypeAlias = "dict[str, list[UserId]]"

        def f(user: "UserId", groups: "Table", note: "str | None" = None) -> "list[str]":
            return [name for name, members in groups.items() if user in members]
        """,
        {"properties/user/type": "integer", "properties/groups/additionalProperties/items/type": "integer",
         "properties/note/anyOf/0/type": "string", "required": ["user", "groups"]},
        {"user": 1, "groups": {"a": [1, 2], "b": [3]}},
        ["a"],
        {"groups": {"a": [1, "2"]}},
        "groups.a[1]: expected integer, found '2'",
        strict=False,
    ),
    HardSignature(
        "keywords_only_and_defaults_without_json",
        """
        import math

        MISSING = object()

        def f(text: str, *, limit: int = None, share: float = math.inf, mark: str = MISSING, deep: bool) -> list:
            return [text, limit, share > 1, mark is MISSING, deep]
        """,
        {"required": ["text", "deep"], "properties/limit/anyOf/1/type": "null", "properties/limit/default": None,
         "properties/share": {"type": "number"}, "properties/mark": {"type": "string"}},
        {"text": "a", "deep": True, "limit": None, "mark": None},
        ["a", None, True, True, True],
        {"limit": "3"},
        "limit: expected integer or null, found '3'",
    ),
    HardSignature(
        "streams_and_pairs",
        """
        from collections.abc import Iterable, Iterator

        def f(pairs: Iterable[tuple[str, int]], more: Iterator[int]) -> Iterator[str]:
            first = next(more)
            return (name * (count + first) for name, count in pairs)
        """,
        {"properties/pairs/items/prefixItems/0/type": "string", "properties/more/items/type": "integer"},
        {"pairs": [["a", 1], ["b", 2]], "more": [1, 5]},
        ["aa", "bbb"],
        {"pairs": [["a"]]},
        "pairs[0]: expected 2 items or more, found ['a']",
        strict=False,
    ),
    HardSignature(
        "named_tuples",
        """
        from typing import NamedTuple

        class Span(NamedTuple):
            start: int
            end: int = 10

        def f(spans: list[Span], within: Span = Span(0, 5)) -> Span:
            return Span(min(s.start for s in spans), max(min(s.end, within.end) for s in spans))
        """,
        {"properties/spans/items/$ref": "#/$defs/Span", "properties/within/default": [0, 5]},
        {"spans": [[1, 2], [0, 3]]},
        [0, 3],
        {"spans": [[1, "2"]]},
        "spans[0][1]: expected integer, found '2'",
        strict=False,
    ),
    HardSignature(
        "unions_and_anything",
        """
        from typing import Any, Optional, Union

        def f(value: Union[int, str, list[int], None], extra: Any, flag: Optional[bool] = None) -> str:
            return f"{type(value).__name__} {type(extra).__name__} {flag}"
        """,
        {"properties/value/anyOf/2/items/type": "integer", "required": ["value", "extra"],
         "properties/flag/default": None},
        {"value": [1], "extra": {"a": [None, 1.5]}},
        "list dict None",
        {"value": 1.5},
        "value: expected integer or string or array or null, found 1.5",
        strict=False,
    ),
    HardSignature(
        "letters_beyond_ascii_and_a_cache",
        '''
        import functools

        @functools.lru_cache
        def f(größe: int, naïve_name_that_is_rather_long_and_goes_on_and_on_until_it_is_past_the_limit: str = "x"
              ) -> str:
            """Doubles.

            Args:
                größe: Wie groß.
            """
            return str(größe * 2) + naïve_name_that_is_rather_long_and_goes_on_and_on_until_it_is_past_the_limit
        ''',
        {"properties/größe/description": "Wie groß.", "required": ["größe"]},
        {"größe": 2},
        "4x",
        {"größe": 2.5},
        "größe: expected integer, found 2.5",
    ),
    HardSignature(
        "arrays_within_collections",
        """
        import numpy as np

        def f(series: dict[str, np.ndarray], parts: list[np.ndarray], by: tuple[int, ...] = (1,),
              times: np.int64 = np.int64(1)) -> dict[str, np.ndarray]:
            assert all(isinstance(part, np.ndarray) for part in parts) and isinstance(times, np.int64)
            return {name: values[: by[0]] + sum(part.sum() for part in parts) for name, values in series.items()}
        """,
        {"properties/series/additionalProperties/type": "array", "properties/parts/items/type": "array",
         "properties/by/default": [1], "properties/times/type": "integer"},
        {"series": {"a": [1, 2, 3]}, "parts": [[1, 1], [0.5]], "by": [2]},
        {"a": [3.5, 4.5]},
        {"parts": [[1, "x"]]},
        "parts[0][1]: expected number or boolean or array, found 'x'",
        strict=False,
    ),
)  # fmt: skip
