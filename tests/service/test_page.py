"""The web page in Chromium: each view in each of its states, with others' words that would run if they could."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from language_models.registered_models import model_at, register
from sandbox import open_sandbox
from service.web.access import COOKIE
from tests.language_models.gguf_writer import write
from tests.service.browsing import chromium, settled, signed_in, visit, watched
from tests.service.served_site import TOKEN, open_site

pytestmark = pytest.mark.browser

VIEWS = {
    "runs": ("#/runs", "Runs"),
    "tools": ("#/tools", "Tools"),
    "search": ("#/tools?q=duration", "Tools"),
    "tool": ("#/tools/seconds", "seconds"),
    "retired tool": ("#/tools/shout", "shout"),
    "requests": ("#/requests", "Requests"),
    "request": ("#/requests/succeeded", "How many seconds"),
    "failed request": ("#/requests/failed", "Sort my tax papers."),
    "waiting request": ("#/requests/waiting", "Which days were warm?"),
    "models": ("#/models", "Models"),
    "traces": ("#/traces", "Traces"),
    "trace": ("#/traces/exchange07", "Exchange"),
    "failed trace": ("#/traces/failed00", "Exchange"),
    "nowhere": ("#/nowhere/at/all", "There is no such page"),
}
WITHOUT_PLANT = {"runs", "models", "nowhere"}
CONTROL = '<img src="x" onerror="window.__planted = 1; alert(1)">'


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def box(bubblewrap):
    with open_sandbox("bubblewrap", packages=()) as box:
        yield box


@pytest.fixture(scope="module")
def site(tmp_path_factory, box):
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FUNSEARCH_MODELS", str(folder / "models"))
        register(model_at(write(folder / "tiny.gguf"), "tiny"))
        with open_site(folder, box) as site:
            yield site


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("empty"), is_empty=True) as site:
        yield site


@pytest.fixture
def reader(browser, site):
    """Opens a page of a reader who has signed in."""
    contexts = []

    def open_page(**settings):
        contexts.append(signed_in(browser, site.address, **settings))
        return watched(contexts[-1])

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(reader):
    return reader()[0]


# What others wrote does not run


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_others_words_as_text_and_asks_nobody_else(reader, site, view):
    hash, heading = VIEWS[view]
    page, seen = reader()
    visit(page, site.address, hash)
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    for details in page.locator("main details").all():
        details.evaluate("node => { node.open = true; }")
    assert page.evaluate("window.__planted") is None
    assert seen.dialogs == []
    assert seen.errors == []
    assert all(address.startswith((site.address, "about:", "data:", "blob:")) for address in seen.addresses)
    if view not in WITHOUT_PLANT:
        assert "<img src=" in page.inner_text("main"), "it is shown as it was written"
        assert page.locator("main img, main script, main svg[onload], main a[href^=javascript]").count() == 0


def test_what_is_planted_would_run_if_it_were_read_as_markup(reader, site):
    page, seen = reader(bypass_csp=True)
    visit(page, site.address, "#/models")
    page.evaluate("text => { document.querySelector('main').innerHTML = text; }", CONTROL)
    expect(page.locator("main img")).to_have_count(1)
    page.wait_for_function("() => window.__planted === 1")
    assert seen.dialogs == ["1"]


def test_even_as_markup_it_is_stopped_by_the_policy_of_the_page(reader, site):
    page, seen = reader()
    visit(page, site.address, "#/models")
    page.evaluate("text => { document.querySelector('main').innerHTML = text; }", CONTROL)
    page.locator("main img").evaluate(
        "img => img.complete || new Promise(done => img.addEventListener('error', done, {once: true}))"
    )
    assert page.evaluate("window.__planted") is None
    assert seen.dialogs == []
    assert any("Content Security Policy" in line for line in seen.console)


# Signing in


def test_without_the_token_there_is_a_form_and_a_wrong_one_is_told(browser, site):
    context = browser.new_context()
    page, seen = watched(context)
    assert page.goto(f"{site.address}/#/tools").status == 401
    expect(page.get_by_label("Token of this server")).to_be_focused()
    page.get_by_label("Token of this server").fill("a-token-that-is-wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("not the token")
    page.get_by_label("Token of this server").fill(TOKEN)
    page.keyboard.press("Enter")
    settled(page)
    expect(page.get_by_role("heading", level=1, name="Tools")).to_be_visible()
    _check_token_is_nowhere(page, context, seen)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token of this server")).to_be_visible()
    assert [c for c in context.cookies() if c["name"] == COOKIE] == []
    context.close()


def _check_token_is_nowhere(page, context, seen):
    (cookie,) = [cookie for cookie in context.cookies() if cookie["name"] == COOKIE]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert TOKEN not in cookie["value"]
    assert page.evaluate("document.cookie") == ""
    told = [page.url, *seen.addresses, *seen.console, page.content()]
    told.append(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])"))
    assert not any(TOKEN in text or cookie["value"] in text for text in told)


def test_a_session_that_ends_leads_back_to_the_form(reader, site):
    page, _ = reader()
    visit(page, site.address, "#/tools")
    page.context.clear_cookies()
    page.get_by_role("link", name="Models").click()
    expect(page.get_by_label("Token of this server")).to_be_visible()


# Everybody can use it


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_a_view_has_no_fault_that_axe_finds(reader, site, view, scheme):
    page, _ = reader(color_scheme=scheme, viewport={"width": 1280, "height": 900})
    visit(page, site.address, VIEWS[view][0])
    assert _faults(page) == []


def test_axe_finds_a_fault(reader, site):
    page, _ = reader()
    visit(page, site.address, "#/models")
    page.evaluate(
        "document.querySelector('main').append(Object.assign(document.createElement('input'), {type: 'text'}))"
    )
    assert "label" in str(_faults(page))


def _faults(page):
    found = Axe().run(page).response["violations"]
    return [(fault["id"], [node["html"][:120] for node in fault["nodes"][:3]]) for fault in found]


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_fits_a_narrow_screen(reader, site, view):
    page, _ = reader(viewport={"width": 360, "height": 700})
    visit(page, site.address, VIEWS[view][0])
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def test_the_keyboard_leads_past_the_navigation_and_into_views(page, site):
    visit(page, site.address, "#/models")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_role("link", name="Tools", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Tools")).to_be_focused()
    expect(page.get_by_role("link", name="Tools", exact=True)).to_have_attribute("aria-current", "page")
    expect(page).to_have_title(re.compile("^Tools . funsearch$"))


def test_focus_is_seen(page, site):
    visit(page, site.address, "#/tools")
    page.get_by_role("link", name="Models").focus()
    page.keyboard.press("Shift+Tab")
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(width.removesuffix("px")) >= 2


def test_colours_follow_the_system_until_the_reader_chooses_and_the_choice_is_kept(reader, site):
    page, _ = reader(color_scheme="dark")
    visit(page, site.address, "#/models")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    switch = page.get_by_role("button", name=re.compile("Colours"))
    switch.click()
    expect(switch).to_have_accessible_name("Colours: light")
    light = page.evaluate(ground)
    assert light != dark
    page.reload()
    settled(page)
    assert page.evaluate(ground) == light
    expect(switch).to_have_accessible_name("Colours: light")


# Tools


def test_tools_are_found_while_typing(page, site):
    visit(page, site.address, "#/tools")
    page.get_by_role("searchbox", name="Search").press_sequentially("Adds 7.")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("plus_07")
    assert page.url.endswith("#/tools?q=Adds+7.")
    page.get_by_role("link", name="plus_07").click()
    expect(page.get_by_role("heading", level=1, name="plus_07")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("Adds 7.")


def test_tools_are_paged_and_filtered(page, site):
    visit(page, site.address, "#/tools")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text(re.compile("^26.33 of 33$"))).to_be_visible()
    page.get_by_label("Status").select_option("retired")
    expect(page.get_by_role("heading", level=2)).to_have_count(1)
    expect(page.get_by_role("link", name="shout")).to_be_visible()


def test_a_tool_is_called_with_a_form_and_with_json(page, site):
    visit(page, site.address, "#/tools/seconds")
    page.get_by_label("text").fill("2h")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("region", name="Result")).to_have_text("7200")
    page.get_by_label("factor").fill("two")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("alert")).to_contain_text("factor: expected a value of type integer")
    page.get_by_label("Write the arguments as JSON").check()
    page.get_by_label("Arguments as a JSON object").fill('{"text": "1d", "factor": 2}')
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_role("region", name="Result")).to_have_text("172800")
    page.get_by_label("Arguments as a JSON object").fill('{"words": 1}')
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_text("The arguments do not fit")).to_be_visible()


def test_a_tools_own_failure_is_shown(page, site):
    visit(page, site.address, "#/tools/divide")
    page.get_by_label("x").fill("1")
    page.get_by_role("button", name="Call").click()
    expect(page.get_by_text("The tool failed")).to_be_visible()
    expect(page.get_by_text("ZeroDivisionError")).to_be_visible()


def test_hidden_tests_are_counted_and_never_shown(page, site):
    visit(page, site.address, "#/tools/seconds")
    expect(page.get_by_text("1 hidden test is kept")).to_be_visible()
    assert "162000" not in page.content()
    assert "45h" not in page.content()


def test_a_version_is_compared_and_rolled_back_after_a_question(page, site):
    before = site.served.bank.get("seconds").version
    visit(page, site.address, "#/tools/seconds")
    expect(page.get_by_role("region", name="Difference of the sources")).to_contain_text(
        '+    units = {"d": 86400'
    )
    button = page.get_by_role("button", name="Roll back")
    button.click()
    expect(page.get_by_role("dialog", name="Roll seconds back?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert site.served.bank.get("seconds").version == before
    button.click()
    page.get_by_label("Why? The record keeps it.").fill("days are not wanted")
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("cell", name="rolled back")).to_be_visible()
    assert site.served.bank.get("seconds").version != before
    assert site.served.bank.events("seconds")[-1].detail["why"] == "days are not wanted"
    site.served.bank.add(site.served.bank.history("seconds")[1].tool.model_copy(update={"status": "active"}))


# Requests


def test_a_request_is_filed_asked_about_answered_and_done_before_the_readers_eyes(page, site):
    visit(page, site.address, "#/requests")
    page.get_by_text("New request").click()
    page.get_by_label("What is to be reached?").fill("How many seconds has 1985?")
    page.get_by_label("Requirements").fill("answer > 0\n\nanswer < 1e9")
    page.get_by_role("button", name="File the request").click()
    expect(page.get_by_role("heading", level=1, name="How many seconds has 1985?")).to_be_visible()
    page.get_by_label("Which year is meant?").fill("1985, of course")
    page.get_by_role("button", name="Answer").click()
    expect(page.get_by_role("heading", name="Answer")).to_be_visible()
    expect(page.get_by_role("heading", name="How it came about")).to_be_visible()
    talk = page.get_by_role("list", name="Conversation").get_by_role("listitem")
    said = [re.split(r"[<\n]", text)[0].strip() for text in talk.all_inner_texts()]
    assert said == ["You", "Work", "A question", "You", "Work", "Succeeded"]
    expect(page.get_by_label("Which year is meant?")).to_have_count(0)
    expect(page.get_by_text("succeeded", exact=True)).to_be_visible()
    id = page.url.rpartition("/")[2]
    assert site.served.requests.get(id).wish.requirements == ("answer > 0", "answer < 1e9")


def test_without_a_socket_news_come_all_the_same(page, site):
    page.route_web_socket("**/api/socket", lambda socket: socket.close())
    visit(page, site.address, "#/requests")
    site.served.requests.file(_wish("Filed by somebody else"), "elsewhere")
    expect(page.get_by_role("link", name="Filed by somebody else")).to_be_visible()


def test_a_connection_that_breaks_is_opened_again_and_nothing_is_missed(page, site):
    opened = []

    def relay(socket):
        opened.append(socket)
        socket.connect_to_server()

    page.route_web_socket("**/api/socket", relay)
    site.served.requests.file(_wish("What breaks?"), "breaking")
    visit(page, site.address, "#/requests/breaking")
    expect(page.get_by_label("Which year is meant?")).to_be_visible()
    opened[0].close()
    site.served.requests.answer("breaking", "this one")
    expect(page.get_by_role("heading", name="How it came about")).to_be_visible()
    expect(page.get_by_role("list", name="Conversation").get_by_text("this one")).to_have_count(1)


def test_a_request_is_canceled_after_a_question(page, site):
    site.served.requests.file(_wish("To be canceled"), "to-cancel")
    visit(page, site.address, "#/requests/to-cancel")
    page.get_by_role("button", name="Cancel the request").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel it").click()
    expect(page.get_by_text("canceled", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Cancel the request")).to_be_hidden()
    assert site.served.requests.get("to-cancel").state == "CANCELED"


def test_what_cannot_be_filed_is_told_where_it_was_written(page, site):
    visit(page, site.address, "#/requests")
    page.get_by_text("New request").click()
    page.get_by_label("What is to be reached?").fill("Add two numbers")
    page.get_by_label("Constraints").fill("at least 9 steps\nat most 2 steps")
    page.get_by_role("button", name="File the request").click()
    expect(page.get_by_role("alert")).to_contain_text("steps")
    expect(page.get_by_label("What is to be reached?")).to_have_value("Add two numbers")


def test_every_step_says_who_gave_its_value(page, site):
    visit(page, site.address, "#/requests/succeeded")
    steps = page.get_by_role("table", name="Steps, in order").get_by_role("row")
    given = [row.get_by_role("cell").first.inner_text() for row in steps.all()[1:]]
    assert given == ["code", "tool", "model", "you", "tool"]
    expect(page.get_by_role("region", name="The plan")).to_contain_text("answer = seconds(text=text)")


def _wish(text):
    from agent.request import Wish

    return Wish(text)


# Models and traces


def test_a_model_is_verified(page, site):
    visit(page, site.address, "#/models")
    page.get_by_role("button", name="Verify tiny").click()
    expect(page.get_by_text("verified", exact=True)).to_be_visible()


def test_traces_are_drawn_with_their_numbers_and_lead_to_exchanges(page, site):
    visit(page, site.address, "#/traces")
    expect(page.locator(".plot-canvas svg").first).to_be_visible()
    page.get_by_text("Numbers of this plot").click()
    expect(page.get_by_role("region", name=re.compile("^Numbers"))).to_contain_text("creating")
    page.get_by_role("combobox", name="Purpose").select_option("creating")
    expect(page.get_by_text("of 31")).to_have_count(0)
    page.get_by_role("table", name="Exchanges").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name="Exchange")).to_be_visible()
    expect(page.get_by_role("region", name="system")).to_have_text("Be brief.")


# Nothing, waiting, failure


@pytest.mark.parametrize(
    ("hash", "words"),
    [
        ("#/tools", "The bank has no tools yet."),
        ("#/requests", "There are no requests yet."),
        ("#/traces", "No exchange is kept yet"),
    ],
)
def test_where_there_is_nothing_that_is_said(browser, empty_site, hash, words):
    context = signed_in(browser, empty_site.address)
    page, _ = watched(context)
    visit(page, empty_site.address, hash)
    expect(page.get_by_role("main").get_by_text(words)).to_be_visible()
    assert _faults(page) == []
    context.close()


@pytest.mark.parametrize(
    ("hash", "words"),
    [
        ("#/tools/none", "no tool is named"),
        ("#/requests/none", "expected the id"),
        ("#/traces/none", "found none"),
    ],
)
def test_what_is_not_there_is_told_of(page, site, hash, words):
    visit(page, site.address, hash)
    expect(page.get_by_role("alert")).to_contain_text(words)


@pytest.mark.parametrize(
    "view", ["tools", "search", "tool", "requests", "request", "models", "traces", "trace"]
)
def test_a_view_waits_visibly_says_what_failed_and_is_tried_again(page, site, view):
    works = []

    def answer(route):
        if works:
            route.continue_()
        else:
            problem = {"message": "the disk is full", "type": "OSError", "code": "500"}
            route.fulfill(status=500, json={"error": problem})

    page.route(re.compile(r"/api/(tool|request|model|trace)"), answer)
    page.route_web_socket("**/api/socket", lambda socket: None)  # news would try again by themselves
    page.goto(f"{site.address}/{VIEWS[view][0]}")
    told = page.get_by_role("alert")
    expect(told).to_have_count(2 if view == "traces" else 1)
    expect(told.first).to_contain_text("the disk is full")
    works.append(True)
    for _ in range(told.count()):
        page.get_by_role("button", name="Try again").first.click()
    expect(told).to_have_count(0)
    settled(page)


def test_what_takes_long_is_seen_to_be_under_way(page, site):
    held = []
    page.route("**/api/models", lambda route: held.append(route))
    page.goto(f"{site.address}/#/models")
    expect(page.get_by_role("status").filter(has_text="Loading…")).to_be_visible()
    _next(held, page).continue_()
    expect(page.get_by_role("heading", name="For requests")).to_be_visible()


def test_the_steps_of_an_answer_are_seen_to_be_under_way_and_tried_again(page, site):
    held = []
    page.route("**/trace", lambda route: held.append(route))
    page.goto(f"{site.address}/#/requests/succeeded")
    expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Loading…")).to_be_visible()
    _next(held, page).fulfill(status=500, json={"error": {"message": "the disk is full"}})
    expect(page.get_by_role("alert")).to_contain_text("the disk is full")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("status").filter(has_text="Loading…")).to_be_visible()
    _next(held, page).continue_()
    expect(page.get_by_role("heading", name="How it came about")).to_be_visible()


def _next(held, page):
    """Returns the next request that was held back; it may come a moment after the sign of waiting."""
    while not held:
        page.wait_for_timeout(10)
    return held.pop()


def test_a_server_that_is_gone_is_told_of(page, site):
    visit(page, site.address, "#/models")
    page.context.set_offline(True)
    page.get_by_role("link", name="Traces").click()
    expect(page.get_by_role("alert").first).to_contain_text("cannot be")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").first.click()
    settled(page)
