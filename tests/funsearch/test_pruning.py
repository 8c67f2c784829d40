"""Pruning: what is grown loses the parts that nothing asks about, and stays right."""

import ast

import pytest

from funsearch.pruning import pruned
from programs import Function


def function(body: str) -> Function:
    return Function("f", f'def f(x: int) -> int:\n    """Doubles."""\n    {body}\n')


def doubling(candidate: Function) -> bool:
    """Tells by the text alone whether a small program doubles some numbers."""
    names: dict[str, object] = {}
    exec(compile(ast.parse(candidate.source), "candidate", "exec"), names)
    try:
        return all(names["f"](number) == 2 * number for number in (2, 5, -3, 0))  # type: ignore[operator]
    except (ArithmeticError, NameError, TypeError):
        return False


@pytest.mark.parametrize(
    "body",
    [
        "return x if (x if x < x else x) == 6 else x + x",
        "return (x + x) + (0 if x < 100 else 7)",
        "y = x * 3\n    if x == 77:\n        return y\n    return x + x",
        "if x != 77:\n        x = x + x\n    return x",
    ],
)
def test_what_no_example_asks_about_goes(body: str) -> None:
    short = pruned(function(body), doubling)
    names: dict[str, object] = {}
    exec(short.source, names)
    assert [names["f"](n) for n in (6, 77, 100, 1000)] == [12, 154, 200, 2000]  # type: ignore[operator]
    assert '"""Doubles."""' in short.source
    assert short.source.startswith("def f(x: int) -> int:")


def test_what_is_needed_stays() -> None:
    assert pruned(function("return x + x"), doubling).source == function("return x + x").source


def test_so_many_others_are_looked_at() -> None:
    looked: list[Function] = []

    def never(candidate: Function) -> bool:
        looked.append(candidate)
        return False

    long = function("return " + " + ".join(["x"] * 20))
    assert pruned(long, never, tries=7) == long
    assert len(looked) == 7
