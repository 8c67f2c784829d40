"""schemathesis, a client that nobody here wrote, asks all that the API's description allows, and more."""

import subprocess
import sys

import pytest

from tests.service.served_site import TOKEN, open_site

MOST_SECONDS = 300
RUN = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("site")) as site:
        yield site.address


def fuzzed(address, folder, *more):
    """Returns the exit status and what schemathesis told."""
    done = subprocess.run(
        [
            sys.executable, "-c", RUN, "run", f"{address}/api/openapi.json",
            "--header", f"Authorization: Bearer {TOKEN}", "--checks", "not_a_server_error",
            "--request-timeout", "60", "--seed", "1", "--max-examples", "6", *more,
        ],
        capture_output=True, text=True, timeout=MOST_SECONDS, check=False, cwd=folder,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_nothing_that_schemathesis_asks_ends_in_an_error_of_the_server(address, tmp_path):
    status, told = fuzzed(address, tmp_path)
    assert status == 0, told[-4000:]
    assert "Test cases" in told  # the control: something was asked
    assert "Selected: 0" not in told
