"""Edits by search and replace: made exactly, or refused with the reason."""

import pytest

from programs import ProgramSyntaxError
from programs.edits import Edit, apply_edits, read_edits

TEXT = "def f(x):\n    y = x + 1\n    z = y\n    return z\n"
REPLY = """Sure, two edits:
<<<<<<< SEARCH
    y = x + 1
=======
    y = x * 2
    y -= 1
>>>>>>> REPLACE
and
<<<<<<< SEARCH
    z = y
=======
>>>>>>> REPLACE
"""


def test_the_edits_of_a_reply_are_read_and_made_in_order():
    edits = read_edits(REPLY)
    assert edits == (Edit("    y = x + 1\n", "    y = x * 2\n    y -= 1\n"), Edit("    z = y\n", ""))
    assert apply_edits(TEXT, edits) == "def f(x):\n    y = x * 2\n    y -= 1\n    return z\n"


def test_spaces_at_the_ends_of_lines_do_not_count():
    assert apply_edits(TEXT, [Edit("    z = y   \n", "    z = x\n")]) == TEXT.replace("z = y", "z = x")


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ([], "expected an edit"),
        ([Edit("    w = 1\n", "")], "them 0 times"),
        ([Edit("z\n", "")], "them 0 times"),  # a part of a line is no line
        ([Edit("", "    pass\n")], "nothing to search"),
        ([Edit("    z = y\n", "    y = x + 1\n"), Edit("    y = x + 1\n", "")], "edit 2: .* them 2 times"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused_with_its_number(edits, message):
    with pytest.raises(ProgramSyntaxError, match=message):
        apply_edits(TEXT, edits)
