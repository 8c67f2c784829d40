"""What stands between the marks evolves; everything else stays as it is."""

import pytest

from programs import (
    BlockSpecification,
    Program,
    ProgramSyntaxError,
    Specification,
    SpecificationError,
    fingerprint,
    specification_of,
)

ONE = """import math
# EVOLVE-BLOCK-START
LIMIT = 3


def f(x):
    \"\"\"Says something.\"\"\"
    return min(x, LIMIT)
# EVOLVE-BLOCK-END


def main():
    return f(2)  # kept,   odd spaces and all
"""
TWO = """# EVOLVE-BLOCK-START
A = 1
# EVOLVE-BLOCK-END
class Box:
    def size(self):
        side = 2
        # EVOLVE-BLOCK-START
        side = side + A
        return side
        # EVOLVE-BLOCK-END
"""


@pytest.mark.parametrize("text", [ONE, TWO, "x = 1\n", ONE.replace("# EVOLVE-BLOCK-END\n", "")])
def test_a_program_with_its_own_block_is_unchanged_byte_for_byte(text):
    specification = specification_of(text)
    assert isinstance(specification, BlockSpecification)
    assert specification.program_with(specification.initial.source) == text


def test_another_block_changes_nothing_outside_the_marks():
    specification = specification_of(ONE)
    changed = specification.program_with("def f(x):\n    return 1\n")
    before, after = ONE.partition("LIMIT")[0], ONE.partition("# EVOLVE-BLOCK-END")[2]
    assert changed == f"{before}def f(x):\n    return 1\n# EVOLVE-BLOCK-END{after}"


def test_several_blocks_are_one_text_with_the_marks_between_them():
    specification = specification_of(TWO)
    assert specification.source == (
        "A = 1\n# EVOLVE-BLOCK-END\n# EVOLVE-BLOCK-START\n        side = side + A\n        return side\n"
    )
    read = specification.read(specification.source.replace("A = 1", "A = 5"))
    assert read.program.text == TWO.replace("A = 1", "A = 5")


def test_the_lines_of_the_blocks_are_known():
    lines = TWO.splitlines()
    ranges = list(specification_of(TWO).initial.line_ranges)
    assert [[lines[n - 1].strip() for n in each] for each in ranges] == [
        ["A = 1"],
        ["side = side + A", "return side"],
    ]


def test_a_block_that_is_one_function_evolves_as_a_function():
    specification = specification_of(
        "K = 1\n# EVOLVE-BLOCK-START\n# a hint\ndef f(x):\n    return K\n# EVOLVE-BLOCK-END\n"
    )
    assert isinstance(specification, Specification)
    assert specification.function_to_evolve == "f"


@pytest.mark.parametrize(
    "more", ["g = f\n", "def g():\n    return 1\n", "@property\ndef h(x):\n    return x\n"]
)
def test_a_function_with_company_is_a_block(more):
    text = f"# EVOLVE-BLOCK-START\ndef f(x):\n    return 1\n{more}# EVOLVE-BLOCK-END\n"
    assert isinstance(specification_of(text), BlockSpecification)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# EVOLVE-BLOCK-START\n\n# EVOLVE-BLOCK-END\nx = 1\n", "expected code between"),
        ("# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-START\n", "line 3: expected # EVOLVE-BLOCK-END"),
        ("def f(:\n", "expected Python"),
        ("", "expected code between"),
    ],
)
def test_what_has_nothing_to_evolve_is_refused(text, said):
    with pytest.raises(SpecificationError, match=said):
        specification_of(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A = 2\n", "expected 2 blocks, .*, found 1"),
        ("A = (\n# EVOLVE-BLOCK-END\n# EVOLVE-BLOCK-START\n        return 1\n", "line"),
        ("A = 1\n# EVOLVE-BLOCK-END\n# EVOLVE-BLOCK-START\nreturn 1\n", "line"),
    ],
)
def test_a_text_that_is_no_block_of_the_program_is_refused(text, said):
    with pytest.raises(ProgramSyntaxError, match=said):
        specification_of(TWO).read(text)


def test_a_reply_that_repeats_the_whole_program_is_understood():
    specification = specification_of(TWO)
    assert specification.read(TWO.replace("side + A", "side - A")).source == specification.source.replace(
        "+ A", "- A"
    )


def test_blocks_that_differ_in_comments_alone_have_one_fingerprint():
    specification = specification_of(ONE)
    same = specification.read(specification.source.replace("LIMIT = 3", "LIMIT = 3  # yes"))
    assert fingerprint(same) == fingerprint(specification.initial)


@pytest.mark.parametrize(
    ("old", "new"), [("LIMIT = 3", "LIMIT = 4"), ("def f", "def fun"), ("LIMIT", "MOST")]
)
def test_blocks_that_others_may_tell_apart_have_different_fingerprints(old, new):
    specification = specification_of(ONE)
    other = specification.read(specification.source.replace(old, new))
    assert fingerprint(other) != fingerprint(specification.initial)


def test_any_program_may_be_scored():
    specification_of(ONE).check_program("x = 1\n")
    with pytest.raises(ProgramSyntaxError):
        specification_of(ONE).check_program("x = \n")


def test_a_block_stands_in_a_program():
    assert specification_of(ONE).initial.program == Program(ONE)
