"""The head of a function gets the types that its users were promised."""

import pytest

from funsearch.typed_head import signature_node, with_types
from programs import Function


def typed(source, signature):
    model = signature_node(signature)
    return with_types(Function.from_text(source), model.args, model.returns).source


@pytest.mark.parametrize(
    ("source", "signature", "expected"),
    [
        ("def f(x):\n    return x\n", "(x: int) -> int", "def f(x: int) -> int:\n    return x\n"),
        ("def f(a, b=2): return a  # {a: b}\n", "(x: int, y: str = ':')", "def f(a: int, b: str=2): return a  # {a: b}\n"),
        ("def f(x):\n    # why\n    return x\n", "(x: int = 3)", "def f(x: int=3):\n    # why\n    return x\n"),
        ("def f(x: float):\n    return x\n", "(x)", "def f(x: float):\n    return x\n"),
        ("def f(x, extra):\n    return x\n", "(x: int)", "def f(x: int, extra: object):\n    return x\n"),
        ("def f(\n    x,\n    d={1: 'é:'},\n):\n    return x\n", "(y: int)", "def f(x: int, d: object={1: 'é:'}):\n    return x\n"),
    ],
)  # fmt: skip
def test_types_come_by_position_and_the_body_stays(source, signature, expected):
    assert typed(source, signature) == expected


def test_a_head_that_is_right_stays_byte_for_byte():
    source = "def f( x : int )->int :\n    return x\n"
    assert typed(source, "(x: int) -> int") == source
