"""The page's files: known ones are served whole and of their kind, and nothing else is."""

import re
from pathlib import Path

import pytest

from service.web.page_files import FOLDER, PageFiles
from tests.service.asking import asking


@pytest.fixture
def ask():
    return asking(PageFiles(None))


def test_the_page_is_at_the_root(ask):
    status, body = ask("GET", "/")
    assert (status, body) == (200, (FOLDER / "index.html").read_bytes())


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.iterdir()))
def test_every_file_of_the_folder_is_served(ask, file):
    assert ask("GET", f"/page/{file}") == (200, (FOLDER / file).read_bytes())


def test_the_library_of_the_plots_is_served_from_the_installed_package(ask):
    status, body = ask("GET", "/page/plotly.min.js")
    assert (status, body[:20].strip()[:2]) == (200, b"/*")
    assert len(body) > 1_000_000


@pytest.mark.parametrize(
    "path",
    [
        "/page/../web/guard.py", "/page/..%2fweb%2fguard.py", "/page/%2e%2e/web/guard.py", "/page//etc/passwd",
        "/page/%2fetc%2fpasswd", "/page/..%5cweb%5cguard.py", "/page/index.html%00.js", "/page/.", "/page/",
        "/page/guard.py", "/page/index.html/",
    ],
)  # fmt: skip
def test_nothing_else_is_served(ask, path):
    status, body = ask("GET", path)
    assert status == 404
    assert "error" in body


def test_a_file_that_is_put_there_later_is_not_served(tmp_path, ask):
    (tmp_path / "known.js").write_text("1")
    later = asking(PageFiles(None, tmp_path))
    (tmp_path / "later.js").write_text("2")
    (tmp_path / "secret.txt").write_text("3")
    assert later("GET", "/page/known.js")[0] == 200
    assert later("GET", "/page/later.js")[0] == 404
    assert asking(PageFiles(None, tmp_path))("GET", "/page/secret.txt")[0] == 404, (
        "of no kind that a page has"
    )


def test_every_module_that_is_imported_or_named_as_a_view_is_there():
    names = {path.name for path in FOLDER.iterdir()}
    wanted = set()
    for path in FOLDER.glob("*.js"):
        text = path.read_text()
        wanted |= set(re.findall(r'from "\./([\w.]+)"', text)) | set(re.findall(r'"(view_\w+\.js)"', text))
    assert "dom.js" in wanted
    assert "view_tool.js" in wanted
    assert wanted <= names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_no_script_turns_text_into_markup_or_code(path: Path):
    text = path.read_text()
    found = re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|createContextualFragment",
        text,
    )
    assert found == []


def test_nothing_is_fetched_from_elsewhere():
    for path in FOLDER.iterdir():
        found = re.findall(r"https?://[\w.]+", path.read_text())
        assert set(found) <= {"http://www.w3.org"}, path.name  # a name space, which nobody fetches
