from __future__ import annotations

import pytest

from tool_bank.signature import Parameter, read_signature, require_tool


def test_parameters_are_read_with_annotations_defaults_and_documentation() -> None:
    source = 'def f(a: int, b: "str" = "x", *, c, d: float = 1.0) -> bool:\n    """Does it."""\n'
    signature = read_signature(source, "f")
    assert signature.parameters == (
        Parameter("a", "int", required=True),
        Parameter("b", "'str'", required=False),
        Parameter("c", None, required=True),
        Parameter("d", "float", required=False),
    )
    assert signature.documentation == "Does it."


@pytest.mark.parametrize("parameters", ["a, /, b", "*numbers", "**options"])
def test_parameters_that_no_caller_can_name_are_refused(parameters: str) -> None:
    with pytest.raises(ValueError, match="expected parameters that a caller can name"):
        read_signature(f"def f({parameters}): ...", "f")


def test_of_two_definitions_the_last_counts_and_inner_ones_do_not() -> None:
    source = "def f(a): ...\n\n\ndef f(b):\n    def g(): ...\n"
    assert [parameter.name for parameter in read_signature(source, "f").parameters] == ["b"]
    with pytest.raises(ValueError, match="function 'g'"):
        read_signature(source, "g")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("async def f(a: int): ...", "an async one"),
        ("class f:\n    pass", "a class"),
        ("f = lambda a: a", "a lambda"),
        ("f: object = lambda a: a", "a lambda"),
        ("from math import gcd as f", "an import"),
        ("f = 1", "an assignment"),
        ("def f(a: int): ...\n\n\nclass f: ...", "a class"),
        ("if True:\n    def f(a: int): ...", "found no function"),
    ],
)
def test_what_is_no_plain_function_is_refused_by_its_kind(source: str, found: str) -> None:
    with pytest.raises(ValueError, match=f"function 'f': expected .* in the source, found .*{found[6:]}"):
        read_signature(source, "f")


def test_a_function_may_be_wrapped_under_its_own_name() -> None:
    source = "import functools\n\n\ndef f(a: int): ...\n\n\nf = functools.cache(f)\n"
    assert [parameter.name for parameter in read_signature(source, "f").parameters] == ["a"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (
            "def f(a, b: int, *, c): ...",
            r"def f\(a, b: int, \*, c\): expected an annotation .* none for a, c",
        ),
        ("def f(a: int):\n    yield a", "found a generator"),
        ("def f(a: int):\n    for x in [1]:\n        y = yield from g()", "found a generator"),
    ],
)
def test_a_function_without_a_schema_or_a_value_is_no_tool(source: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"source: .*{words}"):
        require_tool(source, "f")


def test_what_yields_only_within_another_function_is_a_tool() -> None:
    require_tool("def f(a: int):\n    def g():\n        yield a\n    return list(g())", "f")
