"""The manual's pages as their snippets: what stands in fences, and how each is to be tried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.glob("*.md"))
_SNIPPET = re.compile(
    r"(?:<!-- (?P<how>parse only|slow): (?P<why>[^>]+) -->\n)?^```(?P<kind>python|console)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Command:
    """A command line, and what it must print (`...` stands for anything); without a line nothing is compared."""

    line: str
    output: str


@dataclass(frozen=True)
class Snippet:
    """A fence: `how` is "", "slow" or "parse only", with the reason beside it."""

    kind: str
    text: str
    how: str
    line: int

    @property
    def commands(self) -> list[Command]:
        """The command lines of a console."""
        found: list[list[str]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append([line[2:]])
            else:
                found[-1].append(line)
        return [Command(first, "\n".join(rest)) for first, *rest in found]


def snippets(page: Path) -> list[Snippet]:
    """Returns the snippets of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(found["kind"], found["text"], found["how"] or "", text[: found.start()].count("\n") + 1)
        for found in _SNIPPET.finditer(text)
    ]


def matches(expected: str, printed: str) -> bool:
    """Tells whether a command printed what the page shows."""
    pattern = ".*".join(re.escape(part) for part in " ".join(expected.split()).split("..."))
    return re.fullmatch(pattern, " ".join(printed.split()), re.DOTALL) is not None
