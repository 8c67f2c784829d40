import pytest

from agent.checking.stated_value import in_stated_form


@pytest.mark.parametrize(
    ("value", "requirements", "expected"),
    [
        ("The median is 947.5.", ("a number",), 947.5),
        ("It takes 12 days", ("an integer",), 12),
        ("-3 degrees", ("a number", "It is right."), -3),
        ("The median is 947.5.", (), "The median is 947.5."),
        ("The median is 947.5.", ("It is kind.",), "The median is 947.5."),
        ("Between 3 and 4", ("a number",), "Between 3 and 4"),
        ("Version 1.2.3", ("a number",), "Version 1.2.3"),
        ("The median is 947.5.", ("an integer",), "The median is 947.5."),
        ("none", ("a number",), "none"),
        (7, ("a number",), 7),
        ("7 words", ("at most 3 words",), "7 words"),
    ],
)
def test_a_number_in_a_sentence_is_the_answer_only_where_a_number_was_asked_for(
    value: object, requirements: tuple[str, ...], expected: object
) -> None:
    found = in_stated_form(value, requirements)
    assert found == expected
    assert type(found) is type(expected)
