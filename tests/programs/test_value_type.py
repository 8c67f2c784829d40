"""Types are read from annotations as people write them, and tell which values are theirs."""

import pytest

from programs.value_type import ANY, DEEPEST, TypeNotUnderstood, ValueType, is_plain, parse_type

INT, STR, NONE = ValueType("int"), ValueType("str"), ValueType("none")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int", INT),
        ("None", NONE),
        ("Any", ANY),
        ("'list[\"int\"]'", ValueType("list", (INT,))),
        ("typing.Optional[int]", ValueType("union", (INT, NONE))),
        ("int | None | int", ValueType("union", (INT, NONE))),
        ("Union[int, Union[str, None]]", ValueType("union", (INT, STR, NONE))),
        ("Union[int]", INT),
        ("list", ValueType("list")),
        ("tuple", ValueType("tuple", repeats=True)),
        ("tuple[()]", ValueType("tuple")),
        ("Tuple[int, str]", ValueType("tuple", (INT, STR))),
        ("tuple[int, ...]", ValueType("tuple", (INT,), repeats=True)),
        ("dict", ValueType("dict")),
        ("Mapping[str, int]", ValueType("dict", (INT,))),
        ("Literal['a', -1, None]", ValueType("literal", choices=("a", -1, None))),
    ],
)
def test_annotations_are_read(text, expected):
    assert parse_type(text) == expected


@pytest.mark.parametrize(
    "text",
    ["set[int]", "bytes", "Callable", "Union", "Union[()]", "Optional[int, str]", "Optional", "list[int, str]",
     "list[()]", "list[...]", "tuple[*int]", "dict[int, str]", "dict[str]", "Literal", "Literal[()]", "Literal[x]",
     "Literal[[1]]", "Literal[b'a']", "Literal[1j]", "int if x else str", "f()", "3", "'set'"],
)  # fmt: skip
def test_other_types_are_named(text):
    with pytest.raises(TypeNotUnderstood, match=r"^type .*: expected "):
        parse_type(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "list[",
        "'list['",
        "\0",
        "a = 1",
        "int; str",
        "\ud800",
        "list[" * 200 + "int" + "]" * 200,
        "'" * 5001,
    ],
)
def test_what_is_no_expression_is_refused_in_the_same_way(text):
    with pytest.raises(TypeNotUnderstood, match="expected (a|one) Python expression") as caught:
        parse_type(text)
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize(
    ("text", "values", "others"),
    [
        ("int", [0, -(10**30)], [True, 1.0, "1", None]),
        ("float", [1.5, 1, float("nan")], [True, "1"]),
        ("bool", [True], [1, None]),
        ("list[int]", [[], [1]], [(1,), [True], [1, "a"], "ab"]),
        ("tuple[int, str]", [(1, "a")], [(1,), (1, "a", 2), ("a", 1), [1, "a"]]),
        ("tuple[int, ...]", [(), (1, 2)], [("a",), [1]]),
        ("tuple[()]", [()], [(1,)]),
        ("tuple", [(), (1, "a")], [[]]),
        ("dict[str, int]", [{}, {"a": 1}], [{1: 1}, {"a": "b"}, []]),
        ("int | list[int | None]", [1, [None]], [None, ["a"]]),
        ("Literal[1, 'a']", [1, "a"], [True, 1.0, "b"]),
        ("Any", [None, {1: {2, (3,)}}, b"a"], [1j, object(), [...], {1: len}]),
    ],
)
def test_a_type_accepts_its_values_only(text, values, others):
    kind = parse_type(text)
    assert [value for value in values if not kind.accepts(value)] == []
    assert [value for value in others if kind.accepts(value)] == []


def test_equal_choices_of_two_types_are_two():
    both = parse_type("Literal[True] | Literal[1]")
    assert both.accepts(True)
    assert both.accepts(1)


def test_values_nest_so_deep_and_no_deeper():
    value = 1
    for _ in range(DEEPEST):
        value = [value]
    assert is_plain(value)
    assert not is_plain({"a": value})


def test_a_value_within_itself_is_not_plain():
    value = []
    value.append(value)
    assert not is_plain(value)
