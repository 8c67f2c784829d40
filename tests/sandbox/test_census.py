"""The census adds up what other processes use; pages that they share do not count against them."""

import itertools
import mmap
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import NoReturn

import pytest

from sandbox import census
from sandbox.census import Census, Inheritance, own_bytes

GENEROUS = {"cpu": 10**6, "memory": 1 << 50}
NOTHING = Inheritance(0, census.count_out_of_memory_kills())
HOLDER = "x = b'x' * (64 << 20); print('ready', flush=True); input()"


@pytest.fixture
def holder(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A process with 64 MiB of its own, which the census sees alone."""
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        monkeypatch.setattr(census, "_others", lambda: [str(process.pid)])
        monkeypatch.setattr(census, "_group_bytes", lambda: None)
        yield str(process.pid)
        process.send_signal(signal.SIGKILL)


def due(bounds: dict[str, int], inherited: Inheritance = NOTHING) -> Census:
    return Census(bounds, inherited, itertools.count().__next__)  # a second passes between two questions


def test_bytes_of_its_own_are_those_that_are_no_file_s(holder: str):
    assert 64 << 20 < own_bytes(holder) < 96 << 20
    with open(sys.executable, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
        before = own_bytes(str(os.getpid()))
        assert len(bytes(pages[:: mmap.PAGESIZE])) > 0
        assert own_bytes(str(os.getpid())) - before < len(pages)
    assert own_bytes("no such process") == 0


def test_memory_beyond_the_bound_is_found_and_stays_found(holder: str):
    assert due(GENEROUS).excess(1e6) is None
    counted = due({**GENEROUS, "memory": 16 << 20})
    assert counted.excess(1e6) == "memory"
    os.kill(int(holder), signal.SIGKILL)
    assert counted.excess(1e6) == "memory"


def test_what_was_inherited_does_not_count(holder: str):
    assert due({**GENEROUS, "memory": 16 << 20}, Inheritance(48 << 20, NOTHING.kills)).excess(1e6) is None


def test_where_the_container_holds_less_the_pages_are_shared(holder: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(census, "_group_bytes", lambda: 40 << 20)
    assert due({**GENEROUS, "memory": 16 << 20}).excess(1e6) is None
    monkeypatch.setattr(census, "_group_bytes", lambda: 400 << 20)
    assert due({**GENEROUS, "memory": 16 << 20}).excess(1e6) == "memory"


def test_a_process_killed_for_memory_is_found(holder: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(census, "count_out_of_memory_kills", lambda: NOTHING.kills + 1)
    assert due(GENEROUS).excess(1e6) == "memory"


def test_cpu_time_counts_since_the_request_and_in_all(holder: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(census, "_cpu_seconds", lambda pid: 5.0)
    counted = due(GENEROUS)
    assert counted.excess(6.0) is None
    counted.begin_request()
    assert counted.excess(1.0) is None
    assert due(GENEROUS).excess(4.0) == "cpu"
    assert due({**GENEROUS, "cpu": 4}).excess(6.0) == "cpu"


def test_nobody_looks_before_it_is_due(holder: str):
    bounds = {"cpu": -1, "memory": -(1 << 40)}
    assert Census(bounds, NOTHING, lambda: 0.0).excess(-1.0) is None
    assert due(bounds).excess(-1.0) is not None


def test_where_the_kernel_does_not_tell_every_page_counts_for_each(
    holder: str, monkeypatch: pytest.MonkeyPatch
):
    assert census._proportional_bytes([holder, "no such process"]) is not None

    def refuse(name: str, *_: object) -> NoReturn:
        raise FileNotFoundError(name)

    monkeypatch.setattr(census, "open", refuse, raising=False)
    assert census._proportional_bytes([holder]) is None
    assert census._proportional_bytes(["no such process"]) == 0
