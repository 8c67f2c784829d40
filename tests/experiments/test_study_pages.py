"""The manual's page of results: the pages beside the records, with links and plots that lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def results():
    spec = importlib.util.spec_from_file_location("study_pages", DOCS / "study_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.results


def test_links_become_targets_plots_are_found_and_headings_go_down(results, tmp_path):
    (tmp_path / "README.md").write_text("# Results\n\n## What came out\n\n[toy](toy-n-3.md)\n")
    (tmp_path / "toy-n-3.md").write_text(
        "# toy?n=3\n\n![Best](toy-n-3-mutation-8.svg)\n\n## How it was made\n"
    )
    text = results(tmp_path)
    assert "# Results" not in text
    assert "[toy](#study-toy-n-3)" in text
    assert "\n(study-toy-n-3)=\n## toy?n=3\n" in text
    assert "![Best](../experiments/results/toy-n-3-mutation-8.svg)" in text
    assert "\n### How it was made" in text


def test_without_results_nothing_is_shown(results, tmp_path):
    assert results(tmp_path) == ""


def test_the_plots_and_targets_of_the_stored_results_are_there(results):
    text = results()
    for plot in re.findall(r"!\[[^]]*\]\(([^)]+)\)", text):
        assert (DOCS / plot).is_file(), plot
    for target in re.findall(r"\]\(#([^)]+)\)", text):
        assert f"\n({target})=\n" in text, target
