"""HTML out of values: every text is escaped by construction, and markup is only what is made here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

VOID = frozenset({"meta", "br", "col"})  # elements without an end


class Markup(str):
    """HTML; any other text is escaped on its way into it."""

    __slots__ = ()


Child: TypeAlias = str | int | Iterable["Child"] | None


def element(tag: str, *children: Child, **attributes: str | None) -> Markup:
    """Returns an element.

    Args:
        tag: Its name.
        *children: Markup, texts (which are escaped), numbers, or such in turn; None for nothing.
        **attributes: By name, "_" for "-" and left out at the end; None for none.
    """
    told = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    end = "" if tag in VOID else f"</{tag}>"
    return Markup(f"<{tag}{told}>{joined(children)}{end}")


def joined(children: Iterable[Child]) -> Markup:
    """Returns children one after the other."""
    return Markup("".join(map(_text, children)))


def _text(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int):
        return escape(str(child))
    return joined(child)
