"""What a description mentions of inputs."""

import pytest

from evaluators.docstring_hints import Hints, hints_of


def test_calls_of_the_tool_are_read():
    hints = hints_of("shift([1, (2, 3)], 'a)b') gives [2]; shift(5) too, not lift(4) or shift(x)", "shift")
    assert hints.calls == (([1, (2, 3)], "a)b"), (5,))


def test_values_given_to_names_are_read():
    hints = hints_of("Example: arr = [1, 2], k = 4, mode: 'fast' and the end is -1.5", "f")
    assert hints.values_of("arr") == [[1, 2]]
    assert hints.values_of("k") == [4]
    assert hints.values_of("mode") == ["fast"]
    assert hints.values_of("end") == [-1.5]
    assert hints.values_of("absent") == []


def test_numbers_and_quoted_texts_are_read_once_each():
    hints = hints_of("""At most 100 of "ab", 'c d' or `e`, then 100 and -2.5 (not v2 or 3rd)""", "f")
    assert hints.numbers == (100, -2.5)
    assert hints.texts == ("ab", "c d", "e")


def test_words_in_a_row_are_read():
    hints = hints_of("One of the colours red, green, then\nblue or white, else nothing; yes, no.", "f")
    assert hints.texts == ("red", "green", "blue", "white")


@pytest.mark.parametrize("text", ["", "f(", "f([)", "f(" + "[" * 3000, "x = {", "f(1; 2)"])
def test_what_is_broken_says_nothing(text):
    assert hints_of(text, "f").calls == Hints().calls
