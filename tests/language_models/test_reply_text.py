from __future__ import annotations

import pytest

from language_models.reply_text import code_of, fenced_blocks, without_thoughts

CODE = "def f():\n    return 1\n"


@pytest.mark.parametrize(
    "reply",
    [
        CODE,
        f"```python\n{CODE}```",
        f"Sure!\n\n```py\n{CODE}```\nThis returns one. ```",
        f"```\n{CODE}",
        f"~~~python\n{CODE}~~~",
        f"````python\n{CODE}````",
        f"Run this:\n```bash\npip install x\n```\nThen:\n```python\n{CODE}```\n",
        f"<think>\n```python\ndef g(): ...\n```\n</think>\n```python\n{CODE}```",
        f"the prompt opened this thought</think>```python\n{CODE}```",
        "1. so:\n   ```python\n   def f():\n       return 1\n   ```",
    ],
)
def test_the_code_of_a_reply_is_its_block_of_python(reply: str) -> None:
    assert code_of(reply) == CODE


def test_a_block_without_python_is_taken_before_the_prose_around_it() -> None:
    assert code_of("so:\n```sql\nselect 1\n```\n") == "select 1\n"


def test_a_fence_at_the_end_of_a_line_of_code_ends_its_block_when_another_follows() -> None:
    reply = "```python\nx = 1```\nor\n```python\ny = 2\n```"
    assert [block.text for block in fenced_blocks(reply)] == ["x = 1", "y = 2\n"]


def test_a_fence_within_a_text_of_the_code_does_not_end_the_block() -> None:
    code = 'TEXT = "```"\nx = 1\n'
    assert code_of(f"```python\n{code}```") == code


def test_only_thoughts_at_the_head_are_taken_away() -> None:
    assert without_thoughts("<think>a</think>b") == "b"
    assert without_thoughts("say <think>a</think>") == "say <think>a</think>"
    assert without_thoughts("<think>never ends") == "<think>never ends"
