"""Signatures are read strictly, and bind arguments as a caller gives them."""

import pytest

from programs.tool_signature import REQUIRED, SignatureError, ToolSignature

SIGNATURE = ToolSignature.from_text("(a: int, b: list[str] = ['x'], c: int = None) -> int")


def test_a_signature_tells_names_types_and_defaults():
    assert [p.name for p in SIGNATURE.parameters] == ["a", "b", "c"]
    assert [p.default for p in SIGNATURE.parameters] == [REQUIRED, ["x"], None]
    assert [p.annotation for p in SIGNATURE.parameters] == ["int", "list[str]", "int"]
    assert SIGNATURE.required == 1
    assert SIGNATURE.returns.kind == "int"
    assert SIGNATURE.text == "(a: int, b: list[str]=['x'], c: int=None) -> int"


@pytest.mark.parametrize(
    "text", ["()", "(a,)", " (a\n: 'int') ", "(é: int)", "(match, type)", "(print)", "(a: float = 1)"]
)
def test_unusual_signatures_are_read(text):
    assert ToolSignature.from_text(text).text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected '\\('"),
        ("a, b", "expected '\\('"),
        ("(lambda: int)", "invalid syntax"),
        ("(a, a)", "duplicate argument 'a'"),
        ("(a, b=1, *, c)", "keyword-only"),
        ("(a, /)", "positional-only"),
        ("(*a)", "keyword-only, \\* or \\*\\* ones"),
        ("(__a)", "parameter '__a': expected an ordinary name"),
        ("(a: set)", "type set: expected"),
        ("(a) -> bytes", "type bytes: expected"),
        ("(a: '(')", "was never closed"),
        ("(a=b)", "default b: expected a literal"),
        ("(a=1 + 2)", "default 1 \\+ 2: expected a literal"),
        ("(a={[1]})", "expected a literal"),
        ("(a={1, 2})", "expected a value that JSON has"),
        ("(a={1: 2})", "expected a value that JSON has"),
        ("(a=1e999)", "expected a value that JSON has"),
        ("(a=...)", "expected a value that JSON has"),
        ("(a: int = 'x')", "parameter 'a': expected a default that is int, found 'x'"),
        ("(a: Literal['x'] = 'y')", "expected a default that is"),
        ("(a): pass #", "found more than a signature"),
        ("(a): pass\ndef g()", "found more than a signature"),
        ("(a):\n if a", "found more than a signature"),
        ("(a) -> int: pass; import os; #", "found more than a signature"),
        ("(a): #", "expected an indented block"),
        ("(\ud800)", "surrogates not allowed"),
    ],
)
def test_what_is_no_signature_is_refused(text, message):
    with pytest.raises(SignatureError, match=message):
        ToolSignature.from_text(text)


def test_a_long_text_is_not_told_in_full():
    with pytest.raises(SignatureError) as caught:
        ToolSignature.from_text("(" + "a" * 150_000)
    assert len(str(caught.value)) < 1000


def test_arguments_are_bound_by_position_and_name():
    assert SIGNATURE.bind([1], {}) == (1, ["x"], None)
    assert SIGNATURE.bind([1], {"b": [], "c": 2}) == (1, [], 2)
    assert SIGNATURE.bind([], {"a": 1, "c": None}) == (1, ["x"], None)


@pytest.mark.parametrize(
    ("positional", "named", "message"),
    [
        ([], {}, "argument 'a': missing"),
        ([1, [], 2, 3], {}, "at most 3 arguments, found 4"),
        ([1], {"a": 1}, "argument 'a': given twice"),
        ([1], {"d": 1}, "argument 'd': unknown; expected a, b, c"),
        ([True], {}, "argument 'a': expected int, found True"),
        ([None], {}, "argument 'a': expected int, found None"),
        ([1, [2]], {}, "argument 'b': expected list\\[str\\]"),
    ],
)
def test_arguments_that_do_not_fit_are_named(positional, named, message):
    with pytest.raises(SignatureError, match=message):
        SIGNATURE.bind(positional, named)


def test_without_parameters_none_is_expected():
    with pytest.raises(SignatureError, match="unknown; expected none"):
        ToolSignature.from_text("()").bind([], {"a": 1})


def test_a_default_cannot_be_changed_by_who_gets_it():
    SIGNATURE.bind([1], {})[1].append("y")
    assert SIGNATURE.bind([1], {})[1] == ["x"]
