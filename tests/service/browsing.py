"""Chromium for tests of the web page, and what a page did that it should not have done."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from service.web.access import COOKIE, Access
from tests.service.served_site import TOKEN

WAIT = 15_000.0  # milliseconds; bounds every wait, measures nothing
BUSY = "[aria-busy=true], .state.loading"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Opens Chromium; skips where there is none, which in CI is a failure.

    Playwright keeps an event loop running in the thread that opened it: whoever shares the thread with tests
    that run their own closes it before them.
    """
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        why = "no Chromium: `apt-get install chromium` installs one"
        if "CI" in os.environ:
            pytest.fail(f"CI must run the tests of the page, and cannot: {why}")
        pytest.skip(why)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a page did.

    Attributes:
        errors: Of its scripts.
        dialogs: That it opened: none of ours does.
        console: What it wrote there.
        addresses: That it asked for.
    """

    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)


def watched(context: BrowserContext) -> tuple[Page, Seen]:
    """Returns a new page, and what it does from now on."""
    page, seen = context.new_page(), Seen()
    page.set_default_timeout(WAIT)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda message: seen.console.append(message.text))
    page.on("request", lambda request: seen.addresses.append(request.url))

    def refuse(dialog: Any) -> None:
        seen.dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    return page, seen


def signed_in(browser: Browser, address: str, **settings: Any) -> BrowserContext:
    """Returns a context of a reader who has signed in."""
    context = browser.new_context(**{"reduced_motion": "reduce", **settings})
    session = Access(TOKEN).session
    context.add_cookies([{"name": COOKIE, "value": session, "url": address, "sameSite": "Strict"}])
    return context


def settled(page: Page) -> None:
    """Waits until nothing is on its way any more."""
    page.locator("h1").first.wait_for()
    page.locator(BUSY).first.wait_for(state="detached")


def visit(page: Page, address: str, hash: str) -> None:
    """Opens a view anew, and waits for what it shows."""
    page.goto("about:blank")
    page.goto(f"{address}/{hash}")
    settled(page)
