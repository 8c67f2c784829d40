"""Fails unless every test marked `docker` ran: with an engine at hand, a skipped Docker test is a failure.

Called by .ci/run as: docker_tests_ran.py REPORT NAMES, where REPORT is the JUnit file of the run (pytest
--junitxml) and NAMES holds what `pytest --collect-only --quiet -m docker` printed, one test a line.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def report_name(node_id: str) -> str:
    """Returns the name that a test has in a report: `tests.sandbox.test_wire.test_it[a]`."""
    address, bracket, parameters = node_id.partition("[")
    path, *inner = address.split("::")
    return ".".join([path.removesuffix(".py").replace("/", "."), *inner]) + bracket + parameters


def docker_tests(collected: str) -> list[str]:
    """Returns the names of the tests in pytest's list (its closing line and its warnings have no `::`)."""
    return [report_name(line) for line in collected.splitlines() if "::" in line]


def outcomes(report: str) -> dict[str, str]:
    """Returns what became of each test of a JUnit report: "ran", or the reason why it was skipped."""
    return {
        f"{case.get('classname')}.{case.get('name')}": reason(case.find("skipped"))
        for case in ElementTree.fromstring(report).iter("testcase")
    }


def reason(skipped: ElementTree.Element | None) -> str:
    """Returns the reason beside a skip, or "ran" where there is none."""
    return "ran" if skipped is None else f"skipped: {skipped.get('message')}"


def complaints(report: str, collected: str) -> list[str]:
    """Returns one line for each Docker test that did not run, or one when there is no Docker test at all."""
    found, wanted = outcomes(report), docker_tests(collected)
    if not wanted:
        return ["no test is marked docker"]
    fates = {name: found.get(name, "not in the report") for name in wanted}
    return [f"{name}: {fate}" for name, fate in fates.items() if fate != "ran"]


def main(report: str, names: str) -> None:
    """Reads both files, and ends with an error that lists the Docker tests that did not run."""
    missing = complaints(Path(report).read_text(encoding="utf-8"), Path(names).read_text(encoding="utf-8"))
    if missing:
        sys.exit("\n".join(["Docker tests that did not run:", *missing]))


if __name__ == "__main__":
    main(*sys.argv[1:])
