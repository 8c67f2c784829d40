"""What a program's text alone tells against it, and what it must not be blamed for."""

import pytest

from evaluators.static_gates import why_refused
from programs import ToolSpecification


def refused(source, signature="(x, y)", imports=None):
    return why_refused(source, ToolSpecification("f", "does it", signature=signature, imports=imports))


@pytest.mark.parametrize(
    "body",
    [
        "return x + y",
        "return [x for _ in range(y)]",
        "return (lambda: x)() + y",
        "def g():\n        return x\n    return g() + y",
        "def g(x=x):\n        return x\n    return g() + y",
        "x += y\n    return x",
        "x = x + y\n    return x",
        "if x: del y[0]\n    return f'{x}'",
        "match x:\n        case 1: return y",
        "def g(z):\n        return [z for _ in x if y]\n    return g",
    ],
)
def test_a_parameter_read_anywhere_is_read(body):
    assert refused(f"def f(x, y):\n    {body}\n") is None


@pytest.mark.parametrize(
    "body",
    ["return x", "y = y\n    return x", "del y\n    return x", "y = 2\n    return x", "y += 1\n    return x",
     "def g(y):\n        return y\n    return g(x)", "return (lambda y: y)(x)", '"""y"""\n    return x', "return x.y"],
)  # fmt: skip
def test_a_parameter_that_is_never_read_is_told(body):
    assert refused(f"def f(x, y):\n    {body}\n") == "it never reads its parameter 'y'"


@pytest.mark.parametrize(
    "head", ["x", "y, x", "x, y, z", "x, *y", "x, y, /", "x, *, y", "x, y, **z", "*x", ""]
)
def test_other_parameters_are_told(head):
    assert refused(f"def f({head}): return x, y").startswith("expected the parameters (x, y), found (")


def test_without_a_signature_any_head_will_do():
    assert refused("def f(a): return a", signature=None) is None
    assert refused("def f(a): return 1", signature=None) == "it never reads its parameter 'a'"


@pytest.mark.parametrize(
    "source", ["def g(x, y): return x", "f = 1", "def f(", "\0", "class f: pass", "x = '\ud800'"]
)
def test_what_has_no_such_function_is_no_program(source):
    assert refused(source).startswith("no program: ")


@pytest.mark.parametrize(
    ("line", "name"),
    [("import os", "os"), ("import os.path as p", "os.path"), ("from os import path", "os.path"),
     ("from sys import path as p, argv", "sys.argv"), ("from urllib import request", "urllib.request"),
     ("import re, socket", "socket"), ("from http.client import HTTPConnection", "http.client.HTTPConnection")],
)  # fmt: skip
def test_modules_that_reach_out_are_refused_wherever_they_are_imported(line, name):
    for source in (f"{line}\ndef f(x, y): return x, y", f"def f(x, y):\n    {line}\n    return x, y"):
        assert refused(source).startswith(f"it imports {name}, which reaches out")
        assert refused(source, imports=("re",)).startswith(f"it imports {name}; expected imports of re only")


@pytest.mark.parametrize(
    "line",
    ["import re", "from urllib import parse", "import urllib.parse", "from typing import *", "import osmium"],
)
def test_other_modules_may_be_imported(line):
    assert refused(f"{line}\ndef f(x, y): return x, y") is None


def test_only_allowed_modules_may_be_imported_where_they_are_named():
    source = "{}\ndef f(x, y): return x, y"
    for line in (
        "from urllib import parse",
        "import urllib.parse as u",
        "from urllib.parse import quote",
        "import os",
    ):
        assert refused(source.format(line), imports=("urllib.parse", "os")) is None
    assert (
        refused(source.format("from __future__ import annotations\nfrom typing import List"), imports=())
        is None
    )
    assert refused(source.format("import urllib"), imports=("urllib.parse",))
    assert refused(source.format("import math"), imports=()).endswith("expected imports of nothing only")
