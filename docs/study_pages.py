"""The results of the study as one page of the manual, from the pages beside its records."""

from __future__ import annotations

import re
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "experiments" / "results"
FROM_HERE = "../experiments/results"


def results(directory: Path = RESULTS) -> str:
    """Returns the index and the pages of the tasks behind one another; an empty text where there are none."""
    index = directory / "README.md"
    if not index.is_file():
        return ""
    pages = [path for path in sorted(directory.glob("*.md")) if path != index]
    _, _, body = index.read_text(encoding="utf-8").partition("\n")
    linked = re.sub(r"\]\(([^)]+)\.md\)", r"](#study-\1)", body)
    return linked + "\n".join(f"\n(study-{page.stem})=\n{_inner(page)}" for page in pages)


def _inner(page: Path) -> str:
    """Returns a page with its headings one level down, and its plots where the manual finds them."""
    text = re.sub(r"^(#+ )", r"#\1", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return re.sub(r"!\[([^]]*)\]\(([^)]+)\)", rf"![\1]({FROM_HERE}/\2)", text)
