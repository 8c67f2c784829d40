"""What the page costs with a large run: `python -m experiments.bench_page [--programs 50000] [--minutes 10]`.

Writes a run of so many programs, serves it by `funsearch serve`, and opens its page in Chromium: the time
until the curve is drawn, in a browser that has cached nothing; whether the page follows while programs are
added; and the memory of page, browser and server over the minutes. Scores are made up, their number is not.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

from experiments.synthetic_run import SyntheticRun
from funsearch.run_reader import RunReader

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
RUN = "large"
DRAWN = "[data-figure=score] .plot-canvas .scatterlayer .trace path.js-line"
SECONDS_TO_WAIT = 60_000  # milliseconds, as playwright counts
VIEWS = 5  # first views, each in a browser context of its own
SAMPLE_SECONDS = 30.0
APPENDED = 40  # programs at a time, while memory is watched
PAUSE = 1.0
PLOTS = 6  # on a run's page, each of two drawings


@dataclass(frozen=True)
class Address:
    """Where the server is, what opens it, and its process."""

    url: str
    token: str
    process: int


@dataclass(frozen=True)
class Memory:
    """Megabytes at a moment: the page's heap after a collection, its process, the server."""

    seconds: float
    heap: float
    renderer: float
    server: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:7.0f} s  heap {self.heap:6.1f} MB  renderer {self.renderer:6.1f} MB  "
            f"server {self.server:6.1f} MB"
        )


def main() -> None:
    """Prints the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--programs", type=int, default=50_000)
    options.add_argument("--minutes", type=float, default=10.0, help="how long memory is watched")
    options.add_argument("--screenshots", type=Path, help="folder for pictures of the pages")
    chosen = options.parse_args()
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with SyntheticRun(place / "runs" / RUN, chosen.programs) as run:
            began = time.perf_counter()
            run.append(chosen.programs)
            print(f"{run.programs:,} programs written in {time.perf_counter() - began:.1f} s", flush=True)
            with served(place) as address, browser() as chromium:
                first_views(chromium, address)
                page = opened(chromium, address)
                live(page, address, run)
                if chosen.screenshots is not None:
                    pictures(chromium, address, chosen.screenshots)
                memory(page, address, run, 60 * chosen.minutes)


@contextmanager
def served(place: Path) -> Iterator[Address]:
    """Runs `funsearch serve` over a folder."""
    command = [sys.executable, "-m", "service", "serve", "--port", "0", "--workers", "0", "--json"]
    places = ["--runs", place / "runs", "--directory", place / "agent", "--bank", place / "bank"]
    server = subprocess.Popen([*command, *map(str, places)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        told = json.loads(_object(server.stdout))
        token = Path(told["token_file"]).read_text(encoding="ascii").strip()
        yield Address(told["address"], token, server.pid)
    finally:
        server.terminate()
        server.wait(timeout=30)


def _object(lines: Iterator[str] | Any) -> str:  # noqa: ANN401 - a stream of lines
    """Returns the first JSON object of a stream, on one line or several."""
    text = ""
    for line in lines:
        text += line
        try:
            json.loads(text)
        except ValueError:
            continue
        return text
    raise SystemExit("the server said nothing and ended")


@contextmanager
def browser() -> Iterator[Browser]:
    """Opens the Chromium of this machine."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise SystemExit(
            f"expected one of {', '.join(BROWSERS)} on the PATH; on Debian: apt install chromium"
        )
    flags = ["--enable-precise-memory-info", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=flags)
        try:
            yield chromium
        finally:
            chromium.close()


def opened(chromium: Browser, address: Address, dark: bool = False) -> Page:
    """Returns a page that has signed in, in a context of its own; nothing is asked for yet."""
    context = chromium.new_context(
        color_scheme="dark" if dark else "light", viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(SECONDS_TO_WAIT)
    page.goto(address.url)
    page.get_by_label("Token of this server").fill(address.token)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{address.url}/")
    page.goto("about:blank")
    return page


def first_view(page: Page, address: Address) -> float:
    """Returns the seconds until the run's curve is drawn."""
    began = time.perf_counter()
    page.goto(f"{address.url}/#/runs/{RUN}", wait_until="commit")
    page.locator(DRAWN).first.wait_for(state="attached")
    return time.perf_counter() - began


def first_views(chromium: Browser, address: Address) -> None:
    """Prints the times of first views; the very first one also has the server read the run."""
    seconds, processor = [], []
    for _ in range(VIEWS):
        page = opened(chromium, address)
        page.context.new_cdp_session(page).send("Network.clearBrowserCache")
        before = {process: _processor_seconds(process) for process in _renderers()}
        seconds.append(first_view(page, address))
        processor.append(max(_processor_seconds(one) - before.get(one, 0.0) for one in _renderers()))
        page.context.close()
    told = ", ".join(f"{one:.2f}" for one in seconds)
    print(f"first view with the curve drawn: {told} s (median {statistics.median(seconds):.2f})", flush=True)
    told = ", ".join(f"{one:.2f}" for one in processor)
    print(f"of processor time for it in the page's process: {told} s", flush=True)


def live(page: Page, address: Address, run: SyntheticRun) -> None:
    """Prints how soon the page follows when programs are added; it is not loaded again."""
    first_view(page, address)
    page.evaluate("window.__same = true")
    seconds = []
    for _ in range(VIEWS):
        run.append(APPENDED)
        shown = f"{_evaluations(run.directory):,}"
        began = time.perf_counter()
        page.locator("dl.figures", has_text=shown).wait_for()
        seconds.append(time.perf_counter() - began)
    assert page.evaluate("window.__same === true"), "the page was loaded again"
    told = ", ".join(f"{one:.2f}" for one in seconds)
    print(f"the page shows {APPENDED} more programs after: {told} s, without a reload", flush=True)


def memory(page: Page, address: Address, run: SyntheticRun, seconds: float) -> None:
    """Prints the memory while programs are added: every second some, as a run would."""
    began = time.monotonic()
    seen: list[Memory] = []
    while (passed := time.monotonic() - began) < seconds:
        if not seen or passed - seen[-1].seconds >= SAMPLE_SECONDS:
            seen.append(measured(page, address, passed))
            print(seen[-1], flush=True)
        run.append(APPENDED)
        page.wait_for_timeout(1000 * PAUSE)
    if len(seen) < 4:
        return
    half = len(seen) // 2
    for name in ("heap", "renderer", "server"):
        early, late = (
            statistics.median(getattr(one, name) for one in part) for part in (seen[1:half], seen[half:])
        )
        print(f"{name}: median {early:.1f} MB in the first half, {late:.1f} MB in the second", flush=True)


def measured(page: Page, address: Address, seconds: float) -> Memory:
    """Returns the memory of page, browser process and server."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    renderer = max(map(_resident, _renderers()), default=0.0)
    return Memory(seconds, heap / 1e6, renderer, _resident(address.process))


def _renderers() -> Iterator[int]:
    """Yields the browser's processes that hold pages, this process's descendants."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if b"--type=renderer" in (entry / "cmdline").read_bytes() and _is_ours(int(entry.name)):
                    yield int(entry.name)


def _is_ours(process: int) -> bool:
    while process > 1:
        if process == os.getpid():
            return True
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    return 0.0


def _evaluations(directory: Path) -> int:
    return RunReader(directory).read().evaluations


def pictures(chromium: Browser, address: Address, folder: Path) -> None:
    """Stores pictures of the pages, in light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for dark in (False, True):
        page = opened(chromium, address, dark)
        look = "dark" if dark else "light"
        for name, place in {
            "runs": "runs",
            "run": f"runs/{RUN}",
            "program": f"runs/{RUN}/programs/4242",
        }.items():
            page.goto(f"{address.url}/#/{place}")
            if name == "run":
                page.locator(".main-svg").nth(PLOTS * 2 - 1).wait_for(state="attached")
                page.get_by_text("Elites: the best program").click()
                page.locator("[data-figure=elites] .main-svg").first.wait_for(state="attached")
            page.locator("h1").wait_for()
            expect(page.locator(".state.loading")).to_have_count(0)
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
        page.context.close()


if __name__ == "__main__":
    main()
