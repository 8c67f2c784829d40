"""What a description says that an empty input gives."""

import pytest

from evaluators.told_answers import told_of_empty


@pytest.mark.parametrize(
    ("description", "told"),
    [
        ("Return None for an empty list.", [None]),
        ("Adds them. If there is none left or the list is\nempty, return [].", [[]]),
        ("An empty text gives zero; any other text gives 1.", [0]),
        ("It should be an empty list if the text is empty.", [[]]),
        ("Returns 'none' when the list is empty", ["none"]),
        ("Empty gives -1.5", [-1.5]),
        ("Where it is empty the function returns false. Returns true otherwise.", [False]),
    ],
)
def test_the_answers_in_a_sentence_on_empty_inputs_are_told(description, told):
    assert told_of_empty(description) == told


@pytest.mark.parametrize(
    "description",
    [
        "Return None for a list of one.",
        "Takes a non-empty list. Returns 0 for odd sums.",
        "Returns an empty tuple for a name that nobody bears.",
        "The list may be empty. Returns 3 at most.",
        "If it is empty, return the 3rd one",
        "If it is empty, that is an error.",
        "",
    ],
)
def test_other_sentences_tell_nothing_of_empty_inputs(description):
    assert told_of_empty(description) == []
