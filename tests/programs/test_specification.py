"""Specifications in DeepMind FunSearch's file format."""

import pytest

from programs import Function, Specification, SpecificationError

TEXT = '''"""Finds large cap sets."""
import itertools
import numpy as np

import funsearch


@funsearch.run
def evaluate(n: int) -> int:
    """Returns the size of an n-dimensional cap set."""
    return len(solve(n))


def solve(n: int) -> list:
    return [priority(el, n) for el in range(n)]


@funsearch.evolve
def priority(el: int, n: int) -> float:
    """Returns the priority with which we want to add the element."""
    return 0.0
'''


def test_the_marked_functions_are_found_and_the_marks_are_gone():
    specification = Specification.from_text(TEXT)
    assert specification.function_to_evolve == "priority"
    assert specification.run_function == "evaluate"
    assert "funsearch" not in specification.program.text
    assert "import itertools\nimport numpy as np\n" in specification.program.text


def test_a_new_version_stands_in_place_of_the_old_under_its_name():
    version = Function.from_text("def priority_v2(el, n):\n    return el + priority_v2(el - 1, n)\n")
    source = Specification.from_text(TEXT).source_with(version)
    assert source.endswith("def priority(el, n):\n    return el + priority(el - 1, n)\n")
    assert "def evaluate(n: int)" in source


def test_the_run_function_may_be_missing_where_scores_come_from_outside():
    assert (
        Specification.from_text("import funsearch\n@funsearch.evolve\ndef f(): return 1\n").run_function
        is None
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def f(): return 1\n", "0 with @funsearch.evolve"),
        (TEXT + "\n@funsearch.evolve\ndef g(): pass\n", "2 with @funsearch.evolve"),
        (TEXT + "\n@funsearch.run\ndef g(): pass\n", "2 with @funsearch.run"),
        (TEXT + "\ndef g(:\n", "line 23"),
        (TEXT + "\n@funsearch.verfy\ndef g(): pass\n", "found @funsearch.verfy"),
        ("from funsearch import evolve\n@evolve\ndef f(): pass\n", "line 1: write `import funsearch`"),
        ("import funsearch as fs\n@fs.evolve\ndef f(): pass\n", "without `as`"),
        ("import funsearch\n@funsearch.run\n@funsearch.evolve\ndef f(): pass\n", "both"),
    ],
)
def test_what_is_no_specification_is_refused_with_what_was_found(text, found):
    with pytest.raises(SpecificationError, match=found):
        Specification.from_text(text)


@pytest.mark.parametrize(
    ("head", "bare"),
    [
        ("import funsearch\n", ""),
        ("import funsearch  # marks\n", ""),
        ("import funsearch; import math\n", "pass; import math\n"),
        ("import math, funsearch, os\n", "import math, os\n"),
        ("if True:\n    import funsearch\n", "if True:\n    pass\n"),
    ],
)
def test_our_import_goes_and_everything_beside_it_stays(head, bare):
    text = head + "@funsearch.evolve(\n    1\n)\ndef f():\n    return 1\n"
    assert Specification.from_text(text).program.text == bare + "def f():\n    return 1\n"
