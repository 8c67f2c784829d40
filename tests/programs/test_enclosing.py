"""One function of a whole module does alone what it did among the others."""

import textwrap

import pytest

from programs import Program, ProgramSyntaxError
from programs.enclosing import enclosed, without_unused_imports


def source_of(text, name="f"):
    return enclosed(Program(textwrap.dedent(text)), name).source


def moved(text, name="f"):
    """Returns the function, run in a module that has nothing else."""
    space = {}
    exec(source_of(text, name), space)
    return space[name]


def test_imports_constants_and_helpers_come_along_in_their_order():
    text = '''
        import math

        FACTOR = 2


        def helper(x):
            return math.floor(x) * FACTOR


        def f(x: float) -> int:
            """Doubles."""
            return helper(x)
        '''
    assert source_of(text) == textwrap.dedent('''\
        def f(x: float) -> int:
            """Doubles."""
            import math
            FACTOR = 2

            def helper(x):
                return math.floor(x) * FACTOR
            return helper(x)
        ''')
    assert moved(text)(2.7) == 4


def test_what_needs_nothing_stays_byte_for_byte():
    text = "import math\n\ndef f(x):  # doubles\n    return  2*x\n\nprint(f(1))\n"
    assert source_of(text) == "def f(x):  # doubles\n    return  2*x\n"


def test_trying_the_function_out_is_left_out():
    text = """
        x = 5
        def f(x):
            return helper(x)
        def helper(x):
            return -x
        text = f(3)
        result = helper(4)
        print(helper(1))
        for x in [1]:
            assert f(x) == -1
        assert f(2) == 3
        if __name__ == "__main__":
            helper(0)
        """
    source = source_of(text)
    assert "5" not in source
    assert "result" not in source
    assert "print" not in source
    assert moved(text)(7) == -7


def test_statements_that_fill_a_table_come_along():
    text = """
        TABLE = {}
        for n in range(3):
            TABLE[n] = n * n
        TABLE.update({10: 100})
        WORDS = ["b", "a"]
        WORDS.sort()
        def f(n):
            return TABLE[n], WORDS
        """
    assert moved(text)(2) == (4, ["a", "b"])
    assert moved(text)(10) == (100, ["a", "b"])


def test_a_fallback_import_comes_along():
    text = """
        try:
            import nowhere_to_be_found as m
        except ImportError:
            import math as m
        def f(x):
            return m.floor(x)
        """
    assert moved(text)(1.5) == 1


def test_a_parameter_is_never_overwritten_by_a_value_of_the_module():
    assert moved("n = 10\ndef f(n):\n    return n\n")(3) == 3
    assert moved("n = 10\ndef g():\n    return n\ndef f(k):\n    n = k\n    return n + g()\n")(3) == 13
    assert moved("n = 10\ndef g():\n    return n\ndef f(n):\n    return n + g()\n")(3) == 13


def test_a_local_name_does_not_reach_the_helpers():
    text = "def g(xs):\n    return sum(xs)\ndef f(xs):\n    sum = g(xs)\n    return sum\n"
    assert moved(text)([1, 2]) == 3


def test_star_imports_become_the_names_that_are_missing():
    assert moved("from math import *\ndef f(x):\n    return floor(x) + len(str(pi))\n")(2.5) > 2
    assert "import floor\n" in source_of("from math import *\ndef f(x):\n    return floor(x)\n")


def test_star_imports_of_types_vanish():
    source = source_of("from typing import *\nimport math\ndef f(x):\n    return math.floor(x)\n")
    assert "typing" not in source
    assert moved("from typing import *\nfrom math import *\ndef f(x):\n    return floor(x)\n")(2.5) == 2


def test_several_star_imports_still_compile():
    source = source_of("from math import *\nfrom cmath import *\nK = 1\ndef f(x):\n    return sin(x) + K\n")
    assert "*" not in source


def test_globals_that_helpers_change_are_those_of_one_call():
    text = """
        count = 0
        def bump(n):
            global count, unknown
            unknown = count
            count += n
        def f(n):
            bump(n)
            bump(n)
            return count
        """
    f = moved(text)
    assert [f(2), f(2)] == [4, 4]
    assert "nonlocal count" in source_of(text)


def test_globals_that_the_function_itself_changes_work():
    assert moved("best = 0\ndef f(n):\n    global best\n    best = max(best, n)\n    return best\n")(3) == 3


def test_recursion_keeps_the_state_of_the_module():
    text = """
        CALLS = []
        def f(n):
            \"\"\"Counts.\"\"\"
            CALLS.append(n)
            return len(CALLS) if n == 0 else f(n - 1)
        """
    f = moved(text)
    assert f(3) == 4
    assert f(3) == 4
    assert f.__doc__ == "Counts."


@pytest.mark.parametrize(
    "decorator",
    [
        "@functools.lru_cache(maxsize=None)",
        "@functools.lru_cache",
        "@functools.cache",
        "@cache",
        "@memo",
        "@c(None)",
    ],
)
def test_caches_stay(decorator):
    text = f"""
import functools
from functools import cache, lru_cache as c
def memo(g):
    return functools.lru_cache(None)(g)
{decorator}
def f(n: int, calls=1) -> int:
    return n if n < 2 else f(n - 1) + f(n - 2)
"""
    assert moved(text)(150) == 9969216677189303386214405760200


def test_other_decorators_go():
    text = "import math\nimport numba\n@numba.njit\n@staticmethod\ndef f(n):\n    return math.floor(n)\n"
    assert "njit" not in source_of(text)
    assert "staticmethod" not in source_of(text)
    assert moved(text)(1.5) == 1


def test_helpers_that_call_the_function_work():
    text = "def even(n):\n    return n == 0 or f(n - 1)\ndef f(n):\n    return n != 0 and even(n - 1)\n"
    assert [moved(text)(n) for n in range(4)] == [False, True, False, True]


@pytest.mark.parametrize("future", ["", "from __future__ import annotations\n"])
def test_dataclasses_work_in_annotations_too(future):
    text = (
        future
        + """
from dataclasses import dataclass, field
from typing import Iterable

def first(points: Iterable["Point"]) -> "Point":
    return next(iter(points))

@dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list = field(default_factory=list)

def f(x: int, others: Iterable[Point] = ()) -> Iterable[Point]:
    return first([Point(x), *others]).x
"""
    )
    assert moved(text)(3) == 3


def test_annotations_of_the_future_may_speak_of_later_classes():
    text = "def g(t: Tree) -> Tree:\n    return t.n\nclass Tree:\n    n = 1\n    up: Tree\ndef f():\n    return g(Tree())\n"
    assert moved("from __future__ import annotations\n" + text)() == 1
    with pytest.raises(NameError):
        moved(text)()


def test_every_kind_of_parameter_is_handed_on():
    text = "import functools\n@functools.cache\ndef f(a, /, b, *c, d=1, **e):\n    return a, b, c, d, sorted(e)\n"
    assert moved(text)(1, 2, 3, d=4, g=5) == (1, 2, (3,), 4, ["g"])


def test_generators_and_coroutines_stay_what_they_are():
    assert list(moved("import math\ndef f(n):\n    yield math.floor(n)\n")(1.5)) == [1]
    assert list(
        moved(
            "import math\nK = []\ndef f(n):\n    yield n\n    if n: yield from f(n - 1)\n    K.append(n)\n"
        )(2)
    ) == [2, 1, 0]
    assert source_of("import math\nasync def f(n):\n    return math.floor(n)\n").startswith("async def f")


def test_a_default_of_the_module_is_refused():
    with pytest.raises(ProgramSyntaxError, match=r"default SEP: expected a literal"):
        enclosed(Program("SEP = ','\ndef f(text, sep=SEP):\n    return text.split(sep)\n"), "f")


def test_the_last_definition_counts():
    assert moved("K = 1\ndef f():\n    return 0\ndef f():\n    return K\n")() == 1


def test_only_a_function_that_is_there_can_be_moved():
    with pytest.raises(ProgramSyntaxError, match=r"function 'f': not in the program; its functions: g"):
        enclosed(Program("def g(): pass\nf = g\n"), "f")


def test_the_program_given_is_not_changed():
    program = Program("K = 1\nimport functools\n@functools.cache\ndef f():\n    global K\n    return K\n")
    enclosed(program, "f")
    assert program.tree.body[-1].decorator_list
    assert enclosed(program, "f") == enclosed(program, "f")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import re\nimport math\nx = math.pi\n", "import math\nx = math.pi\n"),
        ("from math import pi, tau\nx = pi\n", "from math import pi\nx = pi\n"),
        ("import re; x = 1\n", "import re; x = 1\n"),
        ("import re; import math\nx = math.pi\n", "import re; import math\nx = math.pi\n"),
        ("from math import *\nx = pi\n", "from math import *\nx = pi\n"),
        (
            "import os.path\nimport a.b as c\nx = os.path, c\n",
            "import os.path\nimport a.b as c\nx = os.path, c\n",
        ),
        ("from math import (\n    pi,\n    tau,\n)\nx = tau\n", "from math import tau\nx = tau\n"),
        ("from __future__ import annotations\nimport re\n", "from __future__ import annotations\n"),
        ("x = '\x0c'\nimport re\ny = 1\n", "x = '\x0c'\ny = 1\n"),
    ],
)
def test_imports_that_nothing_reads_go(text, expected):
    assert without_unused_imports(text) == expected
