"""A function that a source can never have is refused; in doubt the candidate runs, and its outcome tells."""

import re

import pytest

from sandbox import Sandbox
from sandbox.names import MAX_SOURCE_CHARACTERS, require_function


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def g(): pass\ndef h(): pass\n", "(g, h)"),
        ("class C:\n    def f(self): pass\n", "(C)"),
        ("def g():\n    def f(): pass\n", "(g)"),
        ("def g():\n    f = 1\n    return f()\n", "(g)"),
        ("f()\n", "(it defines no function)"),
        ("'def f(): pass'\n", "(it defines no function)"),
        (
            "from __future__ import annotations\nif __name__ == '__main__': g = 1\n",
            "(it defines no function)",
        ),
        ("", "(it defines no function)"),
        ("x = '\\d'\n", "(it defines no function)"),
        ("\n".join(f"def g{n:02}(): pass" for n in range(30)), "g18, g19, ...)"),
    ],
)
def test_a_name_that_nothing_binds_is_refused_with_those_there_are(source, found):
    with pytest.raises(ValueError, match=re.escape(found)) as refusal:
        require_function(source, "f")
    assert str(refusal.value).endswith("found 'f'")


@pytest.mark.parametrize(
    "source",
    [
        "def f(): pass\n",
        "async  def f(): pass\n",
        "class f: pass\n",
        "f = lambda: 1\n",
        "a, (f, *b) = 1, (2, 3)\n",
        "f: int = 1\n",
        "for f in (): pass\n",
        "with open('x') as f: pass\n",
        "try: pass\nexcept E as f: pass\n",
        "match 1:\n    case f: pass\n",
        "[f := 1 for _ in '1']\n",
        "import f\n",
        "import f.g\n",
        "from math import sqrt as f\n",
        "from x import *\n",
        "from x import \\\n  *\n",
        "def g():\n    global f\n    f = 1\ng()\n",
        "class C:\n    global f\n    def f(): pass\n",
        "if 0:\n    def f(): pass\n",
        "def f(): pass\ndel f\n",
        "exec('def ' + chr(102) + '(): pass')\n",
        "\uff45\uff58\uff45\uff43('def ' + chr(102) + '(): pass')\n",
        "globals()['f'] = print\n",
        "(lambda: 0).__globals__['f'] = print\n",
        "import sys\nsys.modules['x'].f = 1\n",
        "import candidate\n",
        "def g(:\n",
        "(" * 1000,
        "-" * 100_000 + "1",
        "# long\n" * MAX_SOURCE_CHARACTERS,
    ],
)
def test_a_name_that_may_be_bound_is_left_to_the_run(source):
    require_function(source, "f")


def test_a_function_that_cannot_exist_is_refused_by_call_and_session(box: Sandbox):
    source = "print('ran')\ndef g():\n    return 1\n"
    with pytest.raises(ValueError, match=r"expected a name that the source binds \(g\), found 'f'"):
        box.call(source, "f", [[]])
    with box.session(source) as session:
        with pytest.raises(ValueError, match=r"\(g\), found 'f'"):
            session.call("f")
        assert session.call("g").value == 1


def test_a_function_made_by_exec_is_found(box: Sandbox):
    source = "exec('def f():\\n    return 1')\n"
    assert box.call(source, "f", [[]]).results[0].value == 1
    assert box.call("exec('g = 1')\n", "f", [[]]).status == "raised"
