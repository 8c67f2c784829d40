"""JSON values in what a model wrote, with prose around or broken. The only file that imports json_repair.

Nothing is taken for right here: whoever asks validates each value and takes the first that is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from language_models.reply_text import fenced_blocks, without_thoughts

LONGEST_REPAIRED = 16_000  # characters: the repair of a hostile text takes time by its square
MOST_STARTS = 200  # places looked at where a value may begin, as a nest of brackets takes time by its square
_START = re.compile(r"[{\[]")
# What begins like this is meant as JSON: if it cannot be read, what lies inside it is a part, not the value.
_MEANT = re.compile(r"""\{\s*(?:["'“}]|\w+\s*:)|\[\s*[{\["']""")


def json_values(text: str, *, is_cut_off: bool = False) -> Iterator[Any]:
    """Yields the values that a reply may mean, the likeliest first.

    A text that is JSON means just that. Otherwise the last fenced block that is, then the last value in the
    prose, then what repair makes of blocks and prose; a reply that was cut off is not repaired, because its
    value would lack what was still to come.
    """
    text = without_thoughts(text).strip()
    try:
        value = strict_json(text)
    except ValueError:
        yield from _values_within(text, is_cut_off=is_cut_off)
        return
    yield value
    if isinstance(value, str):  # JSON as a text of JSON
        yield from _values_within(value, is_cut_off=is_cut_off)


def _values_within(text: str, *, is_cut_off: bool) -> Iterator[Any]:
    """Yields the values in a text that has more than a value, or is none."""
    blocks = [block.text.strip() for block in fenced_blocks(text)][::-1]
    for block in blocks:
        try:
            yield strict_json(block)
        except ValueError:
            continue
    yield from reversed(list(_embedded(text)))
    if not is_cut_off:
        yield from _repaired([*blocks, text])


def strict_json(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Returns the value of a JSON text; raises `ValueError` for what is none (NaN and endless nests too)."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("expected JSON, found a nest too deep to read") from None


def _embedded(text: str) -> Iterator[Any]:
    """Yields the outermost objects and lists that stand in a text, as far as the first broken one."""
    decoder = json.JSONDecoder(parse_constant=_refuse)
    position = 0
    for _ in range(MOST_STARTS):
        start = _START.search(text, position)
        if start is None:
            return
        try:
            value, position = decoder.raw_decode(text, start.start())
            yield value
        except (ValueError, RecursionError):
            if _MEANT.match(text, start.start()):
                return
            position = start.end()


def _repaired(texts: list[str]) -> Iterator[Any]:
    import json_repair

    for text in texts:
        meant = _MEANT.search(text)
        if meant is None or len(text) - meant.start() > LONGEST_REPAIRED:
            continue
        try:
            value = json_repair.loads(text[meant.start() :], skip_json_loads=True)
        except (ValueError, RecursionError):
            continue
        if value not in ("", [], {}):
            yield value


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"expected JSON, found {word}")
