"""Specifications of tools: what is ambiguous or contradicts itself is refused, by a message that helps."""

import pytest

from programs import ToolSpecification, ToolSpecificationError

SIGNATURE = "(x: int, y: int = 2) -> int"


def specification(**fields):
    return ToolSpecification(**{"name": "g", "description": "adds two numbers", **fields})


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("f(1) == 3", (1, 2)),
        ("g(1, 5) == 3", (1, 5)),
        ("f(y=1, x=-2) == (3)", (-2, 1)),
        (" (f(1)) == 3  # as agreed", (1, 2)),
    ],
)
def test_examples_are_read_with_their_defaults(text, arguments):
    [example] = specification(signature=SIGNATURE, examples=[text]).parsed_examples
    assert example.arguments == arguments
    assert example.expected == 3
    assert example.text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a call, ==, and one literal"),
        ("f(1)", "a call, ==, and one literal"),
        ("3 == f(1)", "a call, ==, and one literal"),
        ("f(1) == 2 == 3", "a call, ==, and one literal"),
        ("f(1) != 3", "a call, ==, and one literal"),
        ("x.f(1) == 3", "a call, ==, and one literal"),
        ("f(1) == 3; f(2) == 4", "a call, ==, and one literal"),
        ("h(1) == 3", "a call of f or g, found one of h"),
        ("f(1) == f(2)", "every value a literal$"),
        ("f(1) == 1 + 2", "every value a literal$"),
        ("f(n) == 3", "every value a literal$"),
        ("f(f'1') == 3", "every value a literal$"),
        ("f(*[1]) == 3", "every value a literal$"),
        ("f({[1]}) == 3", "every value a literal$"),
        ("f(**{'x': 1}) == 3", "no \\*\\* in the call"),
        ("f(1j) == 3", "no complex number"),
        ("f(" + "[" * 20 + "]" * 20 + ") == 3", "at most 16 collections"),
        ("f(" + "[" * 300 + "]" * 300 + ") == 3", "nest"),
        ("f(0x" + "f" * 5000 + ") == 3", "integers of at most 4096 bits"),
        ("f(1) == 3\ud800", "surrogates not allowed"),
        ("f() == 3", "argument 'x': missing"),
        ("f('1') == 3", "argument 'x': expected int, found '1'"),
        ("f(1, x=1) == 3", "given twice"),
        ("f(1) == True", "expected a result that fits .*, found True"),
        ("f(1) == 3.0", "expected a result that fits"),
    ],
)
def test_what_is_no_example_is_refused(text, message):
    with pytest.raises(ToolSpecificationError, match=message) as caught:
        specification(signature=SIGNATURE, examples=[text])
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "examples",
    [
        ["f(1) == True", "f(1) == 1"],
        ["f([1]) == [1]", "g([1]) == (1,)"],
        ["f(1) == [1, 2]", "f(1) == [2, 1]"],
    ],
)
def test_contradictions_are_told(examples):
    with pytest.raises(ToolSpecificationError, match="examples contradict each other"):
        specification(examples=examples)


def test_a_default_given_or_left_is_one_call():
    with pytest.raises(ToolSpecificationError, match="contradict"):
        specification(signature=SIGNATURE, examples=["f(1) == 3", "f(1, 2) == 4"])


def test_what_only_looks_like_a_contradiction_is_none():
    assert specification(examples=["f(1) == 3", "f(1) == 3"])
    assert specification(examples=["f(1.0000001) == 1", "f(1.0000002) == 2"])
    assert specification(examples=["f(1) == [1, 2]", "f(1) == [2, 1]"], any_order=True)


@pytest.mark.parametrize("name", ["", "class", "1a", "_a", "a-b", "a\n", "é", "a" * 65])
def test_names_that_cannot_be_are_refused(name):
    with pytest.raises(ToolSpecificationError, match="^name: expected"):
        specification(name=name)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"description": "adds"}, "in two words"),
        ({"description": "adds \ud800"}, "UTF-8"),
        ({"description": "a b" * 400_000}, "at most 20000 characters, found 1200000"),
        ({"imports": ["numpy"]}, "imports: expected modules of the standard library, found 'numpy'"),
        ({"imports": "re"}, "imports: expected a sequence of texts"),
        ({"examples": "f(1) == 3"}, "examples: expected a sequence of texts"),
        ({"requests": "the oldest bank"}, "requests: expected a sequence of texts"),
        ({"signature": "(x"}, "signature '\\(x'"),
        ({"precondition": "x > 0"}, "give the signature as well"),
        ({"precondition": "", "signature": SIGNATURE}, "expected one Python expression"),
        ({"precondition": "x >", "signature": SIGNATURE}, "expected one Python expression"),
        ({"precondition": "x = 1", "signature": SIGNATURE}, "found statements"),
        ({"precondition": "x > 0; y > 0", "signature": SIGNATURE}, "found statements"),
        ({"examples": ["f(x=1) == 3"]}, "arguments by position, as no signature is given"),
    ],
)
def test_other_fields_are_checked(fields, message):
    with pytest.raises(ToolSpecificationError, match=message):
        specification(**fields)


def test_lists_are_kept_as_tuples():
    made = specification(examples=["f(1) == 2"], requests=["add 1 and 2"], imports=["os.path"])
    assert (made.examples, made.requests, made.imports) == (("f(1) == 2",), ("add 1 and 2",), ("os.path",))
    assert hash(made)
