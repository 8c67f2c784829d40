"""Functions and programs keep their author's text."""

import ast

import pytest

from programs import Function, Program, ProgramSyntaxError
from programs.code_manipulation import MAX_SOURCE_CHARACTERS, expression_of, rename

FACTORIAL = '''def factorial(n: int) -> int:
    """Returns n!."""
    # factorial of a negative number recurs for ever
    return 1 if n == 0 else n * factorial(n - 1)
'''


def test_a_function_keeps_its_text_comments_included():
    assert Function.from_text(FACTORIAL).source == FACTORIAL


def test_renaming_follows_calls_to_itself_and_leaves_comments_strings_and_attributes_alone():
    text = 'def f(x):\n    """f"""\n    return x.f + f(x) + "f"  # f\n'
    assert (
        Function.from_text(text).renamed("g").source
        == 'def g(x):\n    """f"""\n    return x.f + g(x) + "f"  # f\n'
    )


def test_a_docstring_is_replaced_or_added():
    with_docstring = Function.from_text(FACTORIAL).with_docstring("Better.")
    assert with_docstring.docstring == "Better."
    assert "recurs for ever" in with_docstring.source
    bare = Function.from_text("def f(x):\n    return x\n").with_docstring("New.")
    assert bare.source == 'def f(x):\n    """New."""\n    return x\n'
    one_line = Function.from_text("def f(x): return x\n").with_docstring("New.")
    assert one_line.source == 'def f(x):\n    """New."""\n    return x\n'


def test_decorators_are_dropped_and_parameters_named():
    function = Function.from_text("@cache\ndef f(a, /, b, *, c):\n    return a\n")
    assert function.source == "def f(a, /, b, *, c):\n    return a\n"
    assert function.parameters == ("a", "b")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x = 1\n", "Assign"),
        ("", "nothing"),
        ("def f(): pass\ndef g(): pass\n", "FunctionDef, FunctionDef"),
        ("def f(:\n", "line 1"),
        ("def f():\n    return '\x00'\n", "null"),
        ("def f(x):\n" + "    x = 1\n" * MAX_SOURCE_CHARACTERS, "characters"),
        ("def f(x, x): return x\n", "duplicate argument"),
        ("def f(x):\n    global x\n", "global"),
        ("def f(x):\n    nonlocal q\n", "nonlocal"),
        ("def f():\n    from numpy import *\n", "import"),
        ("def f(x): return " + "+".join(["x"] * 1_000) + "\n", "levels"),
        ("def f(x): return x" + ".y" * 500 + "\n", "levels"),
        (f"def f(): return 0x{'f' * 4_000}\n", "bits"),
        ("def f(): return " + "(" * 5_000 + ")" * 5_000, "pars|nested"),
    ],
)
def test_what_is_not_one_function_is_refused_with_what_was_found(text, found):
    with pytest.raises(ProgramSyntaxError, match=found):
        Function.from_text(text)


def test_replacing_a_function_leaves_all_other_text_untouched():
    text = "import math\n\n\ndef f(x):\n    return x\n\n\n# between\ndef g(x):\n    return f(x)\n"
    replaced = Program(text).with_function(Function("f", "def f(x):\n    return -x\n"))
    assert replaced.text == text.replace("return x\n", "return -x\n", 1)


def test_a_missing_function_is_named_with_those_that_are_there():
    with pytest.raises(ProgramSyntaxError, match="'h'.*f, g"):
        Program("def f(): pass\ndef g(): pass\n").function("h")


def test_lines_are_counted_as_the_parser_counts_them():
    text = "def f(x):\n    s = 'a\x0cb\x1cc'\n    return s\n\n\ndef g(x):\n    return x\n"
    assert Program(text).function("g").source == "def g(x):\n    return x\n"


def test_renaming_touches_whole_names_only():
    assert rename("ab = a + b.a\n", "a", "z") == "ab = z + b.a\n"


def test_a_continuation_that_continues_nothing_is_cut():
    function = Function.from_text("def f(x):\n    return x \\\n\n")
    assert function.renamed("g").source == "def g(x):\n    return x\n"


@pytest.mark.parametrize("docstring", ['say "hi"', 'three """ quotes', "back\\slash", "two\nlines", "tab\t"])
@pytest.mark.parametrize(
    "text",
    [
        "def f(x):\n    return x\n",
        "def f(é, x): return é\n",
        "def f(x,\n      y): return x\n",
        "def f(x):\n\t'''old\n\ttext'''\n\treturn x\n",
    ],
)
def test_any_docstring_fits_into_any_layout(docstring, text):
    documented = Function.from_text(text).with_docstring(docstring)
    assert Function.from_text(documented.source).node.body[0].value.value == docstring
    assert len(documented.node.body) == 2


def test_an_attribute_on_the_next_line_is_not_renamed():
    assert rename("y = (a.\n  f)(f)\n", "f", "g") == "y = (a.\n  f)(g)\n"


@pytest.mark.parametrize(
    "text", ["", "x = 1", "1; 2", "an answer in English", "def", "x" * (MAX_SOURCE_CHARACTERS + 1)]
)
def test_what_is_no_single_expression_is_none(text):
    assert expression_of(text) is None
    assert ast.unparse(expression_of(" answer>1 ")) == "answer > 1"
