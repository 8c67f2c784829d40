"""report.html stands alone: plots without a network, and no word of a program is taken for markup."""

import json
import re

import pytest

from experiments.synthetic_run import SyntheticRun
from funsearch.exceptions import RunError
from service.markup import Markup, element
from service.report_page import write_report
from tests.service.browsing import chromium, watched

PLANT = (
    "</script></pre></title></style><script>window.__planted = 1</script><!--<script>"
    '<img src=x onerror="window.__planted = 2"><svg onload="window.__planted = 3"></svg>'
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    with SyntheticRun(place / "planted", goal=400, words=PLANT) as run:
        run.append(400)
        run.conclude(f"400 evaluations {PLANT}")
    return run.directory


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


def test_texts_are_escaped_and_markup_is_not():
    made = element("p", "a < b", Markup("<br>"), ["x", None, 3], title='"quoted" & <more>')
    assert made == '<p title="&quot;quoted&quot; &amp; &lt;more&gt;">a &lt; b<br>x3</p>'


def test_a_report_holds_the_run_and_nothing_of_it_as_markup(run):
    path = write_report(run)
    page = path.read_text(encoding="utf-8")
    assert path.name == "report.html"
    for wanted in (
        "Run planted",
        "FunSearch (published)",
        "excess bins over the L1 lower bound",
        "def priority",
    ):
        assert wanted in page
    assert page.count("<script") == 3, "the figures, the library and what draws"
    assert page.count("</script>") == 3
    assert "__planted = 1&lt;/script&gt;" in page
    [figures] = re.findall(r'<script type="application/json" id="figures">(.*?)</script>', page, re.DOTALL)
    assert set(json.loads(figures)) == {"score", "islands", "samplers", "scatter", "histogram", "lineage"}
    without_scripts = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "<main" in without_scripts
    assert not re.search(r"<[a-z][^>]*(?:src|href)=", without_scripts)


def test_a_report_can_be_written_again_by_its_command(run, command):
    (run / "report.html").unlink(missing_ok=True)
    status, out, _ = command("report", run)
    assert status == 0
    assert out.strip() == str(run / "report.html")
    assert (run / "report.html").exists()
    assert json.loads(command("report", run, "--json")[1]) == {"report": str(run / "report.html")}


def test_where_there_is_no_run_there_is_no_report(tmp_path, command):
    with pytest.raises(RunError, match="expected the directory of a run"):
        write_report(tmp_path)
    assert command("report", tmp_path)[0] != 0
    assert list(tmp_path.iterdir()) == []


def test_a_run_without_programs_has_a_report(tmp_path):
    with SyntheticRun(tmp_path / "new") as run:
        pass
    assert "Run new" in write_report(run.directory).read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_report_draws_its_plots_from_a_file_without_a_network(run, browser, look):
    path = write_report(run)
    context = browser.new_context(color_scheme=look, offline=True)
    page, seen = watched(context)
    page.goto(path.as_uri())
    for name in ("score", "islands", "samplers", "scatter", "histogram", "lineage"):
        page.locator(f"#plot-{name} .main-svg").first.wait_for(state="attached")
    assert page.locator("#plot-score .js-line").count() == 1
    assert page.evaluate("window.__planted") is None
    assert "__planted = 1</script>" in page.locator("main pre").first.text_content()
    assert (seen.errors, seen.dialogs, seen.console) == ([], [], [])
    assert all(asked.startswith(("file://", "data:", "blob:")) for asked in seen.addresses)
    context.close()


@pytest.mark.browser
def test_the_planted_script_would_run_in_a_page_that_took_it_for_markup(tmp_path, browser):
    path = tmp_path / "control.html"
    path.write_text(f"<!doctype html><pre>{PLANT}", encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("window.__planted") is not None
    page.close()
