"""The server itself, before any request has been read: what strangers pour in is not kept."""

import socket

import pytest

from service.web.server import LARGEST_HEAD
from tests.service.served_site import PATIENCE, TOKEN, open_site

POURED = 4 << 20  # bytes


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with open_site(tmp_path_factory.mktemp("site"), is_empty=True) as site:
        yield int(site.address.rpartition(":")[2])


def answer(port, *, line="GET /api/health HTTP/1.1", more=()):
    """Returns the status line of the answer to a request, "" where the server hung up without one."""
    head = [line, f"Host: 127.0.0.1:{port}", f"Authorization: Bearer {TOKEN}", "Connection: close", *more]
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as stranger:
        return first_line(stranger, "\r\n".join([*head, "", ""]).encode())


def first_line(stranger, sent):
    try:
        stranger.sendall(sent)
        return stranger.makefile("rb").readline().decode().strip()
    except ConnectionError:  # it hung up while we were still sending
        return ""


def is_refused(line):
    return line == "" or line.split()[1] in ("400", "431")


def test_a_head_of_usual_length_is_read(port):
    assert answer(port, more=["X-More: " + "x" * (LARGEST_HEAD // 2)]).split()[1] == "200"


@pytest.mark.parametrize(
    "more", [["X-More: " + "x" * POURED], [f"X-{number}: x" for number in range(POURED // 10)]]
)
def test_a_head_that_grows_on_is_cut_off(port, more):
    assert is_refused(answer(port, more=more))
    assert answer(port).split()[1] == "200"


def test_an_address_that_grows_on_is_cut_off(port):
    assert is_refused(answer(port, line="GET /" + "x" * POURED + " HTTP/1.1"))


def test_a_head_that_never_ends_is_cut_off(port):
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as stranger:
        assert is_refused(first_line(stranger, b"GET / HTTP/1.1\r\nX-More: " + b"x" * POURED))
