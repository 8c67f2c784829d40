"""The pages of runs in Chromium: the list, a run that goes on while it is looked at, a program."""

import pytest
from playwright.sync_api import expect

from experiments.synthetic_run import SyntheticRun
from tests.service.browsing import chromium, settled, signed_in, watched
from tests.service.served_site import PLANT, open_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("site")
    with SyntheticRun(place / "runs" / "done", goal=400, words=PLANT) as run:
        run.append(400)
        run.conclude(f"400 evaluations {PLANT}")
    (place / "runs" / "broken").mkdir()
    (place / "runs" / "broken" / "config.json").write_text(f'{{"task": "{PLANT[:9]}')
    with SyntheticRun(place / "runs" / "going", goal=4_000) as going:
        going.append(400)
        with open_site(place, is_empty=True) as site:
            yield site, going


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(params=["light", "dark"])
def page(site, browser, request):
    """A page of a reader who has signed in; at the end nothing has happened that should not."""
    address = site[0].address
    context = signed_in(browser, address, color_scheme=request.param)
    page, seen = watched(context)
    page.goto(f"{address}/#/runs")
    settled(page)
    yield page
    assert page.evaluate("window.__planted") is None
    assert (seen.errors, seen.dialogs) == ([], [])
    assert [said for said in seen.console if "status of" not in said] == []  # what is not there has a status
    assert all(asked.startswith((address, "data:", "blob:")) for asked in seen.addresses)
    context.close()


def go(page, place):
    page.goto(f"{page.url.partition('#')[0]}#/{place}")


def test_the_list_shows_every_run_and_its_state(page):
    rows = page.get_by_role("row")
    expect(rows.filter(has=page.get_by_role("link", name="done"))).to_contain_text("finished")
    expect(rows.filter(has=page.get_by_role("link", name="going"))).to_contain_text("running")
    expect(rows.filter(has=page.get_by_role("link", name="broken"))).to_contain_text("damaged")
    page.get_by_role("link", name="going").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("going")


def test_a_run_is_drawn_and_told_in_words_and_numbers(page):
    go(page, "runs/done")
    for name in ("score", "islands", "samplers", "scatter", "histogram", "lineage"):
        page.locator(f"[data-figure={name}] .main-svg").first.wait_for(state="attached")
    expect(page.get_by_role("table", name="Baselines and this run")).to_contain_text("FunSearch (published)")
    expect(page.get_by_role("table", name="What each sampler proposed")).to_contain_text("openai")
    numbers = page.locator("[data-figure=score] details")
    numbers.locator("summary").press("Enter")
    expect(numbers.get_by_role("row").nth(1)).to_contain_text("best so far")
    page.get_by_label("wall time").check()
    expect(page.locator("[data-figure=score] .xtitle")).to_contain_text("wall time")
    page.get_by_text("Elites: the best program").press("Enter")
    expect(page.get_by_role("table", name="Elites, the best first").get_by_role("row").nth(1)).to_be_visible()
    page.locator("[data-figure=elites] .main-svg").first.wait_for(state="attached")


def test_a_run_is_followed_without_a_reload_and_with_one_drawing(page, site):
    going = site[1]
    go(page, "runs/going")
    curve = page.locator("[data-figure=score] .js-line")
    curve.wait_for(state="attached")
    page.evaluate("window.__same = true")
    svgs = page.locator("[data-figure=score] .main-svg").count()
    before = curve.get_attribute("d")
    shown = page.locator("dl.figures").text_content()
    going.append(200)
    expect(page.locator("dl.figures")).not_to_have_text(shown)
    expect(curve).not_to_have_attribute("d", before)
    assert page.evaluate("window.__same") is True
    assert page.locator("[data-figure=score] .main-svg").count() == svgs
    assert page.evaluate("document.querySelectorAll('.main-svg').length") > 0
    go(page, "runs")
    expect(page.locator(".main-svg")).to_have_count(0)


def test_a_program_shows_its_source_difference_prompt_and_ancestors(page):
    go(page, "runs/done/programs/400")
    expect(page.get_by_role("heading", level=1)).to_have_text("Program 400")
    expect(page.get_by_role("region", name="Source of the program")).to_contain_text("__planted")
    change = page.get_by_role("region", name="Difference to program")
    expect(change.locator(".removed").first).to_contain_text("-    return")
    expect(change.locator(".added").first).to_contain_text("+    return")
    expect(page.get_by_role("region", name="Feedback")).to_contain_text("__planted")
    expect(page.get_by_role("heading", name="The prompt that made it")).to_be_visible()
    expect(page.locator(".tree a").first).to_have_attribute("href", "#/runs/done/programs/400")
    expect(page.locator(".tree li li").first).to_be_visible()


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("runs/nothing", "expected the name of a run"),
        ("runs/broken", "config.json"),
        ("runs/done/programs/999999", "program 999999"),
    ],
)
def test_what_is_not_there_is_told(page, place, words):
    go(page, place)
    expect(page.get_by_role("alert")).to_contain_text(words)
