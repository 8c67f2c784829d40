"""Plans as they are read, without being run."""

from __future__ import annotations

import pytest

from agent.chain_of_code.expectation import Expectation
from agent.chain_of_code.plan import LONGEST, Plan, PlanRefused, read_plan
from agent.tool_face import ToolFace

CONVERT = ToolFace(
    "convert",
    "(amount: float, unit: Literal['m', 'km'], digits: int = 2)",
    "Converts lengths.",
    {
        "type": "object",
        "properties": {
            "amount": {"type": "number"},
            "unit": {"$ref": "#/$defs/Unit"},
            "digits": {"type": "integer", "minimum": 0},
        },
        "required": ["amount", "unit"],
        "$defs": {"Unit": {"enum": ["m", "km"]}},
    },
)
TOOLS = {"convert": CONVERT}


def expected(source: str, name: str = "f") -> Expectation:
    plan = read_plan(source, TOOLS)
    sites = [found for (function, _), found in plan.sites.items() if function == name]
    assert len(sites) == 1
    return sites[0]


def test_steps_tell_what_they_read_and_bind_and_who_gives_it() -> None:
    source = (
        '"""A plan."""\nimport math\nsize = convert(1, "m")\nkind = judge(size)\nname = ask_user("Who?")\n'
        "assert size > 0\nfor i in range(3):\n    size += i\nanswer = [size for x in (1, 2)]"
    )
    plan = read_plan(source, TOOLS)
    told = [(step.line, step.inputs, step.outputs, step.kind, step.origin) for step in plan.steps]
    assert told == [
        (1, (), (), "nothing", "code"),
        (2, (), ("math",), "definition", "code"),
        (3, (), ("size",), "step", "tool"),
        (4, ("size",), ("kind",), "step", "model"),
        (5, (), ("name",), "step", "user"),
        (6, ("size",), (), "check", "code"),
        (7, ("i",), ("i", "size"), "step", "code"),
        (9, ("size",), ("answer",), "step", "code"),
    ]
    assert [step.text for step in plan.checks] == ["assert size > 0"]
    assert (list(plan.tools), list(plan.functions)) == (["convert"], ["judge"])


def test_a_stub_is_a_semantic_function_with_its_signature_and_docstring() -> None:
    plan = read_plan(
        'def tone(text: str, scale: int = 5) -> int:\n    """Rates the tone."""\n    ...\nanswer = tone("a")',
        {},
    )
    function = plan.functions["tone"]
    assert (function.signature, function.description) == ("(text: str, scale: int) -> int", "Rates the tone.")
    assert function.parameters.bind("tone", ["a"], {}) == {"text": "a", "scale": 5}
    assert plan.stub_lines == (1,)


@pytest.mark.parametrize(
    "body", ["...", "pass", '"""Rates."""', "raise NotImplementedError", "raise NotImplementedError()"]
)
def test_a_function_without_a_body_is_semantic(body: str) -> None:
    assert "tone" in read_plan(f"def tone(text):\n    {body}\nanswer = tone('a')", {}).functions


@pytest.mark.parametrize("definition", ["def f(x):\n    return x", "def f(x) -> None:\n    pass", "f = len"])
def test_a_function_with_a_body_is_code(definition: str) -> None:
    assert read_plan(f"{definition}\nanswer = f('a')", {}).functions == {}


def test_parameters_of_an_undefined_function_are_named_as_its_first_arguments() -> None:
    plan = read_plan("review = 'a'\nanswer = rate(review, 'x', d['size'])\nd = {}", {})
    assert list(plan.functions["rate"].parameters.bind("rate", [1, 2, 3], {})) == [
        "review",
        "argument2",
        "size",
    ]


@pytest.mark.parametrize(
    "source",
    [
        "answer = [x for x in range(3) if (y := x)] + [y]",
        "def f():\n    global g\n    g = 1\nf()\nanswer = g",
        "class A:\n    size = 1\n    def m(self): return A.size\nanswer = A().m()",
        "try:\n    x = 1\nexcept ValueError as e:\n    x = str(e)\nanswer = x",
        "import collections.abc as c\nanswer = c.__name__",
        "from typing import List\ndef f(x: 'Foo', y: Bar) -> List[Baz]:\n    return [x]\nz: Qux = 1\nanswer = f(1, 2)",
        "with_ = lambda *a, **k: (a, k)\nanswer = with_(1)",
        "match [1, 2]:\n    case [a, *rest]:\n        answer = rest\n    case {'k': v, **more}:\n        answer = more",
        "def f(n):\n    def g(m):\n        return f(m - 1) if m else n\n    return g(n)\nanswer = f(2)",
        "print(__name__)\nanswer = NotImplemented",
        "for i, (a, b) in enumerate([(1, 2)]):\n    pass\nanswer = a + b + i",
    ],
)
def test_names_that_python_would_find_are_found(source: str) -> None:
    assert read_plan(source, {}).functions == {}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("answer = total", "line 1: 'total' is used, and nothing defines it"),
        ("x = 1\nanswer = [x, y]", "line 2: 'y' is used"),
        ("def f():\n    return inner\nanswer = f()", "line 2: 'inner' is used"),
        ("answer = math.pi", "line 1: 'math' is not defined; add `import math`"),
        ("answer = Counter('aa')", "line 1: 'Counter' is not defined; add `from collections import Counter`"),
        ("answer = Person('Ann')", "line 1: the class 'Person' is used"),
        ("import os\nanswer = 1", "line 1: module 'os' cannot be imported"),
        ("from os.path import join\nanswer = 1", "line 1: module 'os.path' cannot be imported"),
        ("from math import *\nanswer = 1", "line 1: import names one by one"),
        ("from .x import y\nanswer = 1", "cannot be imported"),
        ("from datetime import datetime\nanswer = str(datetime.now())", "a plan has no clock"),
        ("x = 1", "the plan comes to nothing"),
        ("", "the plan comes to nothing"),
        ("answer = (", "line 1"),
        ("return 1", "line 1: 'return' outside function"),
        ("answer = 1\0", "source"),
        (f"answer = {'1 + ' * LONGEST}1", "at most 20000 characters"),
        (f"answer = {'[' * 150}1{']' * 150}", "nest"),
        (
            "answer = convert(1)",
            "line 1: convert(amount: float, unit: Literal['m', 'km'], digits: int = 2): missing unit",
        ),
        ("answer = convert(1, 'm', 2, 3)", "expected at most 3 arguments, found 4"),
        ("answer = convert(1, 'm', amount=2)", "argument 'amount' is given twice"),
        ("answer = convert(1, units='m')", "unknown argument 'units'; expected amount, unit, digits"),
        ("answer = convert('1', 'm')", "argument 'amount': value: expected number, found '1'"),
        ("answer = convert(1, 'cm')", "argument 'unit': value: expected one of 'm', 'km', found 'cm'"),
        ("answer = convert(1, 'm', digits=-1)", "argument 'digits': value: expected at least 0"),
        ("answer = convert(True, unit='m')", "expected number, found True"),
    ],
)
def test_what_can_be_seen_to_be_wrong_is_told(source: str, words: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        read_plan(source, TOOLS)
    assert any(words in problem for problem in refused.value.problems)
    assert words in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(PlanRefused) as refused:
        read_plan("import os\nx = total\nanswer = convert()", TOOLS)
    assert len(refused.value.problems) == 3


@pytest.mark.parametrize(
    "source",
    [
        "answer = convert(size, *more)\nsize, more = 1, ['m']",
        "answer = convert(**{'amount': 1, 'unit': 'm'})",
        "answer = convert(1, f('m'))",
        "answer = [convert(unit='km', amount=1.5)]",
    ],
)
def test_calls_of_tools_that_may_be_right_are_let_through(source: str) -> None:
    assert list(read_plan(source, TOOLS).tools) == ["convert"]


def test_a_tool_that_the_plan_defines_anew_is_the_plans_own() -> None:
    plan: Plan = read_plan("def convert(x):\n    return x\nanswer = convert(1, 2, 3, 4)", TOOLS)
    assert (dict(plan.tools), dict(plan.functions)) == ({}, {})


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("answer = 1 if f(1) else 2", "bool"),
        ("while f(1):\n    break\nanswer = 1", "bool"),
        ("answer = not f(1)", "bool"),
        ("answer = [x for x in 'ab' if f(x)]", "bool"),
        ("answer = any(f(x) for x in 'ab')", "bool"),
        ("assert f(1)\nanswer = 1", "bool"),
        ("answer = list(filter(f, 'ab'))", "bool"),
        ("answer = f(1) and f2(1)", "bool"),
        ("answer = [x for x in f(1)]", "list"),
        ("for x in f(1):\n    pass\nanswer = 1", "list"),
        ("answer = len(f(1))", "list"),
        ("a, b = f(1)\nanswer = a", "list"),
        ("answer = ', '.join(f(1))", "list[str]"),
        ("answer = f(1)[0]", "list"),
        ("answer = f(1)['a']", "dict"),
        ("answer = f(1).items()", "dict"),
        ("answer = f(1) * 2", "int | float"),
        ("answer = 1 + f(1)", "int | float"),
        ("answer = f(1) > 3", "int | float"),
        ("n = 0\nn += f(1)\nanswer = n", "int | float"),
        ("answer = sum(f(x) for x in 'ab')", "int | float"),
        ("answer = 'a' + f(1)", "str"),
        ("text = ''\ntext += f(1)\nanswer = text", "str"),
        ("answer = f(1).lower()", "str"),
        ("answer = 'abc'.startswith(f(1))", "str"),
        ("answer = f(1) == 'yes'", "str"),
        ("answer = sorted('ab', key=f)", "int | float | str"),
        ("answer = sorted('ab', key=lambda x: f(x))", "int | float | str"),
        ("answer = f'{f(1)}'", "int | float | str"),
        ("answer = f'{f(1):.2f}'", "int | float"),
        ("x: list[int] = f(1)\nanswer = x", "list[int]"),
        ("x = f(1)\nif x:\n    answer = 1", "bool"),
        ("x = f(1)\nanswer = x.upper() if x else ''", "str"),
        ("x = f(1)\ny = x + 1\nanswer = y", "int | float"),
        ("def g(z) -> bool:\n    return f(z)\nanswer = g(1)", "bool"),
        ("answer = convert(f(1), 'm')", "float"),
        ("answer = convert(1, 'm', digits=f(1))", "int"),
        ("label = f(1)\nassert label in ('a', 'b')\nanswer = label", "Literal['a', 'b']"),
        ("answer = f(1)", "object"),
        ("answer = [f(1)]", "object"),
        ("answer = is_good(1)", "bool"),
        ("answer = sum(is_good(x) for x in 'ab')", "bool"),
        ("answer = f'{is_good(1)}'", "bool"),
        ("answer = is_good(1).upper()", "str"),
        ("match f(1):\n    case {'a': 'b'}:\n        answer = 1", "dict"),
        ("match f(1):\n    case ['a'] | ('b', 'c') as x:\n        answer = 1", "list"),
    ],
)
def test_the_place_of_a_call_tells_what_is_expected_of_it(source: str, kind: str) -> None:
    assert expected(source, "is_good" if "is_good" in source else "f").type == kind


def test_texts_that_a_value_is_compared_with_are_told() -> None:
    found = expected("kind = f(1)\nif kind == 'a':\n    answer = 1\nelif kind in ['b', 'c']:\n    answer = 2")
    assert found == Expectation("str", ("a", "b", "c"))
    assert expected("match f(1):\n    case 'x':\n        answer = 1") == Expectation("str", ("x",))


def test_a_plan_of_many_uses_of_one_variable_is_read() -> None:
    lines = "x = f(1)\ny = x\nif y: x = y\n" * 600
    assert read_plan(f"{lines}answer = x", {}).functions.keys() == {"f"}


def test_a_value_of_a_wrong_type_is_told_with_the_tool_that_makes_it_right() -> None:
    text = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
    number = {"type": "object", "properties": {"seconds": {"type": "integer"}}, "required": ["seconds"]}
    tools = [
        ToolFace("seconds_of", "(text: str) -> int", "Reads a duration.", text),
        ToolFace("words_of", "(seconds: int) -> str", "Writes a duration.", number),
    ]
    with pytest.raises(PlanRefused) as refused:
        read_plan("answer = words_of('58m')", {face.name: face for face in tools})
    assert (
        "expected integer, found '58m'; it is made by seconds_of(text: str) -> int"
        in refused.value.problems[0]
    )
