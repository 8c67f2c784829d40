"""The text of an HTML page, in time that grows with its length only.

The library's own parser takes minutes for a hostile page of 300 kB. Here no place is looked at twice: an
opening whose end is not found once is never looked for again.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

_UNSHOWN = ("script", "style", "template", "noscript")
_BLOCKS = ("p", "div", "tr", "li", "br", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section", "pre")


def text_of_html(page: str) -> str:
    """Returns what a page shows, each line where it stands in the page."""
    return html.unescape("".join(_shown(page)))


def _shown(page: str) -> Iterator[str]:
    lower = (
        page.lower() if len(page.lower()) == len(page) else page
    )  # of some letters the small one is longer
    at = 0
    while (start := page.find("<", at)) >= 0:
        yield page[at:start]
        end = _end(lower, start)
        is_bare = end == start + 1
        yield "<" if is_bare else "\n" * page.count("\n", start, end) or _blank(lower, start)
        at = end
    yield page[at:]


def _end(page: str, start: int) -> int:
    """Returns where the tag, comment or unshown element that begins here ends; at the latest the page."""
    following = page[start + 1 : start + 2]
    if not (following.isalpha() or following in ("/", "!", "?")):
        return start + 1  # no tag, but less than
    if page.startswith("<!--", start):
        return _after(page, "-->", start + 4)
    name = _name(page, start)
    if name in _UNSHOWN:
        return _after(page, ">", _after(page, f"</{name}", start))
    return _after(page, ">", start)


def _after(page: str, mark: str, start: int) -> int:
    found = page.find(mark, start)
    return len(page) if found < 0 else found + len(mark)


def _name(page: str, start: int) -> str:
    tag = page[start + 1 : start + 12].lstrip("/")
    return "".join(letter if letter.isalnum() else " " for letter in tag).split(" ")[0]


def _blank(page: str, start: int) -> str:
    """Returns what stands for a tag between two words."""
    return " " if _name(page, start) in _BLOCKS or _name(page, start) in ("td", "th") else ""
