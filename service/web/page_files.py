"""The web page's files, in a dictionary made at the start: no path is made of a name that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from service.plots.library import plot_library
from service.web.problems import Missing
from service.web.route import Reply, Route
from service.web.served import Served

FOLDER = Path(__file__).parent.parent / "page"
INDEX = "index.html"
LIBRARY = "plotly.min.js"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_LIBRARY_IS_KEPT = {"cache-control": "private, max-age=86400"}  # megabytes, which change with an installation


class PageFiles:
    """Serves the page."""

    def __init__(self, served: Served, folder: Path = FOLDER) -> None:
        self._files = {path.name: path for path in folder.iterdir() if path.suffix in MEDIA_TYPES}

    def routes(self) -> Sequence[Route]:
        """Returns what it answers to."""
        return (
            Route("GET", "/", self.index, is_described=False),
            Route("GET", "/page/{file}", self.file, is_described=False),
        )

    def index(self) -> Reply:
        """Gives the page."""
        return self.file(INDEX)

    def file(self, file: str) -> Reply:
        """Gives one of its files.

        Raises:
            Missing: It has none of that name.
        """
        if file == LIBRARY:
            return Reply(plot_library(), MEDIA_TYPES[".js"], headers=_LIBRARY_IS_KEPT)
        path = self._files.get(file)
        if path is None:
            raise Missing(f"{file[:80]!r}: expected a file of the page, found none of that name")
        return Reply(path.read_bytes(), MEDIA_TYPES[path.suffix])
