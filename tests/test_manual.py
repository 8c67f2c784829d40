"""The manual does what it says: its snippets run, its command lines parse, its links lead somewhere, it builds."""

import ast
import importlib.util
import os
import re
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.manual_pages import DOCS, PAGES, Snippet, matches, snippets
from tests.service.test_cli_polish import parsed

ROOT = DOCS.parent
SECONDS = 600


def page_id(page):
    return page.stem


def with_a_snippet_to_run(is_slow):
    """The pages that have something to run: the slow ones in a test of their own, with all before them."""
    hows = {"", "slow"} if is_slow else {""}
    return [page for page in PAGES if any(one.how == max(hows) for one in snippets(page))]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder in which `funsearch` is this project's."""
    program = tmp_path / "bin" / "funsearch"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m service "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in (
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "FUNSEARCH_BANK",
        "FUNSEARCH_AGENT",
        "FUNSEARCH_SANDBOX",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "work"


def run_page(page: Path, hows: set[str]) -> None:
    """Runs the snippets of a page in their order, with one state."""
    names = {"__name__": "__main__"}
    for one in snippets(page):
        if one.how not in hows:
            continue
        if one.kind == "python":
            exec(compile(one.text, f"{page.name}:{one.line}", "exec"), names)
            continue
        for command in one.commands:
            run_command(f"{page.name}:{one.line}", command)


def run_command(place, command):
    done = subprocess.run(
        command.line, shell=True, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL
    )
    assert "Traceback" not in done.stderr, place
    if command.output:
        assert matches(command.output, done.stdout), f"{place}: {command.line}\n{done.stdout}{done.stderr}"
    else:
        assert done.returncode == 0, f"{place}: {command.line}\n{done.stdout}{done.stderr}"


@pytest.mark.model
@pytest.mark.bubblewrap
@pytest.mark.parametrize("page", with_a_snippet_to_run(False), ids=page_id)
def test_the_snippets_of_a_page_run(page, folder, bubblewrap):
    run_page(page, {""})


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.bubblewrap
@pytest.mark.parametrize("page", with_a_snippet_to_run(True), ids=page_id)
def test_the_slow_snippets_of_a_page_run(page, folder, bubblewrap):
    run_page(page, {"", "slow"})


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_every_snippet_parses_also_those_that_are_not_run(page):
    for one in snippets(page):
        if one.kind == "python":
            ast.parse(one.text)
            continue
        for command in one.commands:
            line = re.split(r" 2>|; ", command.line)[0]
            if (
                line.startswith("funsearch ")
                and "--install-completion" not in line
                and "evolv " not in f"{line} "
            ):
                parsed(line)


def test_a_snippet_that_is_wrong_would_be_noticed(folder):
    page = folder / "page.md"
    for text in ("```python\nassert 1 == 2\n```", "```console\n$ funsearch resume none\n```"):
        page.write_text(text + "\n")
        with pytest.raises(AssertionError):
            run_page(page, {""})
    page.write_text("```python\nx = 1\n```\n\n```python\nassert x == 1\n```\n")
    run_page(page, {""})


def test_output_is_compared_but_for_what_stands_for_anything():
    assert matches("8", "8\n")
    assert matches("[... 1 ...]", "[0, 1 , 2]")
    assert not matches("8", "9\n")


def test_what_is_not_run_says_why():
    fences = "\n".join(page.read_text() for page in PAGES)
    assert len(re.findall(r"<!-- (parse only|slow)", fences)) == sum(
        one.how != "" for page in PAGES for one in snippets(page)
    )
    assert snippets(DOCS / "quick_start.md")[0] == Snippet("console", "$ make evolve\n", "parse only", 6)


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        assert target.startswith("https://") or (DOCS / target).is_file(), target


def test_every_page_is_in_the_table_of_contents():
    listed = set(
        re.findall(r"^(\w+)$", (DOCS / "index.md").read_text() + (DOCS / "serving.md").read_text(), re.M)
    )
    assert {page.stem for page in PAGES} - {"index"} <= listed


@pytest.mark.slow
def test_the_manual_builds_without_a_warning(tmp_path):
    if importlib.util.find_spec("sphinx") is None or importlib.util.find_spec("myst_parser") is None:
        pytest.skip("Sphinx is not installed: `make docs` does it")
    words = ["-W", "--keep-going", "-q", "-E", "-b", "html", "docs", str(tmp_path / "html")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *words], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr
    reference = (tmp_path / "html" / "command_line.html").read_text()
    assert "funsearch tools retire-unused" in reference
    assert "130" in (tmp_path / "html" / "exit_codes.html").read_text()
    assert "subscribe" in (tmp_path / "html" / "request_socket.html").read_text()
    assert "https://fonts" not in (tmp_path / "html" / "index.html").read_text()
