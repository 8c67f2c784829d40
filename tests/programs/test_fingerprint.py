"""Fingerprints are equal for programs that cannot differ in their results, and only for those."""

import pytest

from programs import ProgramSyntaxError, fingerprint

BASE = '''def f(x, y):
    """Doc."""
    total = np.abs(x) + y
    return [total * k for k in range(3)]
'''


@pytest.mark.parametrize(
    "same",
    [
        "def f(x, y):\n    total = np.abs(x) + y\n    return [total * k for k in range(3)]\n",
        "def h(a, b):\n    # comment\n    s = np.abs(a)  +  b\n    return [s * i for i in range(3)]\n",
    ],
)
def test_names_of_locals_comments_docstrings_and_formatting_do_not_matter(same):
    assert fingerprint(same) == fingerprint(BASE)


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace("np.abs", "np.sqrt"),
        BASE.replace("np.abs", "mp.abs"),  # another global
        BASE.replace("range(3)", "range(4)"),
        BASE.replace("range(3)", "range(3.0)"),
        BASE.replace("abs(x) + y", "abs(y) + x"),
        BASE.replace("def f(x, y)", "def f(y, x)"),
        BASE.replace("total * k", "total * total"),
        BASE.replace("(x, y)", "(x: List[int], y)"),  # an annotation is evaluated, and may fail
    ],
)
def test_everything_else_matters(other):
    assert fingerprint(other) != fingerprint(BASE)


def test_a_global_that_some_inner_scope_rebinds_is_still_that_global():
    text = "def f(x):\n    g = lambda np: np + 1\n    return np.abs(g(x))\n"
    assert fingerprint(text) != fingerprint(text.replace("np", "math"))


def test_a_parameter_passed_by_name_keeps_its_name():
    text = "def f(x):\n    def g(k):\n        return k\n    return g(k=x)\n"
    assert fingerprint(text) == fingerprint(text.replace("x", "z"))
    assert fingerprint(text) != fingerprint(text.replace("k", "j"))


@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    match x:\n        case {'a': y}:\n            return y\n    return x\n",
        "def f(x):\n    class A:\n        y = x\n    return A.y\n",
        "def f(x):\n    y = x\n    return locals()['y']\n",
        "def f(x, *, y=1):\n    return x\n\ndef g(x):\n    return f(x, **{'y': 2})\n",
        "def f(x):\n    import math as y\n    return y.sqrt(x)\n",
    ],
)
def test_names_that_a_program_may_read_or_that_bind_by_form_are_not_renamed(text):
    assert fingerprint(text) != fingerprint(text.replace("y", "z"))


def test_a_docstring_that_a_program_may_read_matters():
    text = "def f():\n    'one'\n    return f.__doc__\n"
    assert fingerprint(text) != fingerprint(text.replace("one", "two"))


def test_what_is_not_python_has_no_fingerprint():
    with pytest.raises(ProgramSyntaxError):
        fingerprint("def f(:")
