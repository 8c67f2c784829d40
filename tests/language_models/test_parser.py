from __future__ import annotations

import pytest

from language_models import Completion
from language_models.parser import CodeParser, ParseError, TextParser
from tests.language_models.planted import SECRET


def test_text_comes_without_thoughts_and_blanks() -> None:
    assert TextParser().parse(Completion("<think>hm</think>\n Four. \n", "stop")) == "Four."
    with pytest.raises(ParseError, match="expected a text, found nothing"):
        TextParser().parse(Completion("<think>hm</think>", "stop"))


def test_code_must_be_free_of_syntax_errors() -> None:
    assert CodeParser().parse(Completion("```python\nx = 1\n```", "stop")) == "x = 1\n"
    with pytest.raises(ParseError, match="expected a block of Python code, found a syntax error"):
        CodeParser().parse(Completion("I cannot do that.", "stop"))
    with pytest.raises(ParseError, match="cut off"):
        CodeParser().parse(Completion("```python\nx = (", "length"))
    assert CodeParser("sql").parse(Completion("```sql\nselect 1\n```", "stop")) == "select 1\n"


def test_an_error_of_parsing_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", SECRET)
    error = ParseError("a text", f"the key {SECRET}")
    assert SECRET not in f"{error} {error!r} {error.found}"
    assert str(error) == "expected a text, found the key ***"
