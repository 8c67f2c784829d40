from __future__ import annotations

import pytest

from language_models.stop_texts import certain_part, cut_at_stop


@pytest.mark.parametrize(
    ("text", "stops", "kept"),
    [
        ("abc", (), ("abc", False)),
        ("abc\ndef", ("\n",), ("abc", True)),
        ("a END b STOP", ("STOP", "END"), ("a ", True)),
        ("STOP", ("STOP",), ("", True)),
        ("STO", ("STOP",), ("STO", False)),
    ],
)
def test_a_text_is_cut_before_its_first_stop_text(
    text: str, stops: tuple[str, ...], kept: tuple[str, bool]
) -> None:
    assert cut_at_stop(text, stops) == kept


@pytest.mark.parametrize(
    ("text", "stops", "certain"),
    [
        ("abc", (), "abc"),
        ("abc\ufffd", (), "abc"),
        ("abcS", ("STOP",), "abc"),
        ("abcSTO", ("STOP", "XO"), "abc"),
        ("abcST ", ("STOP",), "abcST "),
        ("aab", ("aabaac",), ""),
        ("S", ("S",), "S"),
    ],
)
def test_what_may_begin_a_stop_text_or_a_character_is_not_certain(
    text: str, stops: tuple[str, ...], certain: str
) -> None:
    assert certain_part(text, stops) == certain


def test_what_was_certain_stays_so_whatever_comes() -> None:
    whole, stops = "aab aabaa aabaac and more", ("aabaac", "more")
    told = ""
    for end in range(1, len(whole) + 1):
        text, is_cut = cut_at_stop(whole[:end], stops)
        certain = text if is_cut else certain_part(text, stops)
        assert certain.startswith(told)
        told = certain
    assert told == "aab aabaa "
