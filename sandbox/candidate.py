"""One candidate process as its supervisor holds it: forked, measured, and ended without a trace.

Runs inside the sandbox, in the supervisor.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from sandbox import guest
from sandbox.census import Census, Excess, Inheritance
from sandbox.confinement import RESULTS, Bounds, Cell, Pipes, confine, limit_memory
from sandbox.sheet import Sheet

PID_BYTES = 4
RECORD_SLACK = 4096  # room for a record that only says what went wrong
_CHUNK = 1 << 18


@dataclass(frozen=True)
class Usage:
    """What a candidate's processes used: seconds of CPU, peak bytes, and how the first of them ended.

    Attributes:
        exit: Exit code, or the negative number of the signal; None while it lives.
        cpu: Seconds of CPU time.
        peak: Peak resident bytes of the largest process.
        clean: Whether no process and no file of it is left.
    """

    exit: int | None
    cpu: float
    peak: int
    clean: bool = True


@dataclass
class Candidate:
    """A live candidate: the supervisor's ends of its pipes, and what has been read from them."""

    pid: int
    cell: Cell
    watch: int | None  # a pidfd; None where the kernel has none
    requests: int
    results: int
    output: int
    output_left: int
    inbox: Sheet
    printed: Sheet
    census: Census
    inner_pid: int | None = None  # whose CPU clock to read; known once the cell is locked
    cpu_before: float = 0.0

    def drain_output(self) -> bool:
        """Reads what was printed, keeping no more than allowed; returns False at end of file."""
        try:
            count = self.printed.fill(self.output)
        except BlockingIOError:
            return True
        kept = min(count, self.output_left)
        self.printed.cut(count - kept)
        self.output_left -= kept
        return count > 0

    def forget(self) -> None:
        """Wipes what was answered and printed so far; both have been told."""
        self.inbox.wipe()
        self.printed.wipe()

    def excess(self, cpu: float) -> Excess | None:
        """Returns what was used too much of, in itself or with its children, since the last request."""
        return "cpu" if self._cpu_used() > cpu else self.census.excess(cpu)

    def measure(self) -> Usage:
        """Returns what a live candidate used since the last request, and its peak so far."""
        assert self.inner_pid is not None
        used = self._cpu_used()
        self.cpu_before += used
        self.census.begin_request()
        return Usage(None, used, _peak_bytes(self.inner_pid))

    def kill(self) -> None:
        """Kills the candidate and everything it started; `end` is still to come."""
        _kill(self.pid, self.cell.uid)

    def end(self) -> Usage:
        """Kills the candidate and everything it started, and removes what it left."""
        usage = _kill_and_reap(self.pid, self.cell.uid)
        self.drain_output()
        for descriptor in (self.requests, self.results, self.output, self.watch):
            if descriptor is not None:
                os.close(descriptor)
        clean = usage.clean and (self.cell.uid is None or _remove(self.cell.scratch, self.cell.uid))
        return Usage(usage.exit, usage.cpu, usage.peak, clean)

    def _cpu_used(self) -> float:
        """Returns the seconds of CPU of the first process since the last request."""
        return 0.0 if self.inner_pid is None else _cpu_seconds(self.inner_pid) - self.cpu_before


def fork(cell: Cell, bounds: Bounds, source: memoryview, inherited: Inheritance) -> Candidate:
    """Returns a new candidate that locks itself into `cell` and then waits for requests.

    The source is decoded by the candidate alone, for no text of it shall stay in the supervisor's memory.
    """
    request_end, requests = os.pipe2(os.O_CLOEXEC)
    results, result_end = os.pipe2(os.O_CLOEXEC)
    output, output_end = os.pipe2(os.O_CLOEXEC)
    pid = os.fork()
    if pid == 0:
        _live(cell, Pipes(output_end, result_end, request_end), bounds, source)
    for descriptor in (request_end, result_end, output_end):
        os.close(descriptor)
    for descriptor in (requests, results, output):
        os.set_blocking(descriptor, False)
    inbox = Sheet(PID_BYTES + bounds["output"] + RECORD_SLACK + 1)  # one more byte shows what is too much
    printed = Sheet(bounds["stdout"] + _CHUNK)  # after the fork: the candidate's memory is counted
    ends = requests, results, output
    census = Census(bounds, inherited)
    return Candidate(pid, cell, _watch(pid), *ends, bounds["stdout"], inbox, printed, census)


def _live(cell: Cell, pipes: Pipes, bounds: Bounds, source: memoryview) -> NoReturn:
    """The child's whole life: locked down first, then handed to the untrusted source."""
    try:
        pid = confine(cell, pipes, bounds)
        os.write(RESULTS, pid.to_bytes(PID_BYTES, "little"))
        limit_memory(bounds)
        guest.serve(str(source, "utf-8"), bounds["output"])
    except Exception:  # noqa: BLE001 - whatever it is, the supervisor shall hear of it
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(70)


def _watch(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except OSError:  # gVisor and old kernels; the relay then asks every few milliseconds
        return None


def _cpu_seconds(pid: int) -> float:
    """Returns the CPU time of a process: its clock's id is made from the pid, as clock_getcpuclockid does."""
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return 0.0


def _peak_bytes(pid: int) -> int:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    return 0


def _kill(pid: int, uid: int | None) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGKILL)  # where it still has the supervisor's own user id
    with _acting_as(uid), contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # all but PID 1 and what the user id does not reach


def _kill_and_reap(pid: int, uid: int | None) -> Usage:
    """Kills every process of the candidate's until no child is left; orphans count, PID 1 inherits them."""
    code, cpu, peak = None, 0.0, 0
    _kill(pid, uid)
    patience = 0
    while True:
        try:
            ended, status, used = os.wait4(-1, patience)
        except ChildProcessError:
            return Usage(code, cpu, peak)
        if not ended:  # somebody lives on, or has yet to die
            _kill(pid, uid)
            patience = 0
            continue
        patience = os.WNOHANG
        cpu += used.ru_utime + used.ru_stime
        peak = max(peak, used.ru_maxrss << 10)
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)


def _remove(scratch: str, uid: int) -> bool:
    """Returns whether the scratch directory is gone."""
    if not os.path.exists(scratch):
        return True
    try:
        with _acting_as(uid):
            while entries := _list(scratch):
                _remove_all(entries, f"{scratch}/{os.urandom(16).hex()}")
        os.rmdir(scratch)
    except OSError:
        return False
    return True


def _remove_all(entries: list[os.DirEntry[str]], fresh: str) -> None:
    """Removes entries of a folder. Folders in folders are moved up first: no depth and no lock is in the way.

    They are named `fresh` and a number.
    """
    names = itertools.count()
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)
            continue
        for inner in _list(entry.path):
            if inner.is_dir(follow_symlinks=False):
                os.chmod(inner.path, 0o700)
                os.rename(inner.path, f"{fresh}-{next(names)}")
            else:
                os.unlink(inner.path)
        os.rmdir(entry.path)


def _list(folder: str) -> list[os.DirEntry[str]]:
    os.chmod(folder, 0o700)
    with os.scandir(folder) as entries:
        return list(entries)


@contextlib.contextmanager
def _acting_as(uid: int | None) -> Iterator[None]:
    """Lends the supervisor a candidate's user id, which alone reaches the candidate's processes and files."""
    if uid is None:
        yield
        return
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
