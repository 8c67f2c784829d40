"""Locks a freshly forked process down before any untrusted code runs in it. Runs inside the sandbox.

Two modes, one per kind of supervisor:

    uid         the supervisor is root without capabilities beyond SETUID, SETGID and CHOWN:
                each candidate gets a user id and a scratch directory of its own
    namespace   the supervisor is an ordinary user: each candidate gets user, pid, ipc and mount
                namespaces of its own, with a fresh tmpfs as scratch
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import resource
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn

from sandbox import seccomp, system

Mode = Literal["uid", "namespace"]
Bounds = Mapping[str, int]  # "cpu" (seconds), "memory", "scratch", "stdout", "output" (bytes), "processes"

SCRATCH = "/scratch"
RESULTS, REQUESTS = 3, 4  # the candidate's ends of its two private pipes
_HIGH = 64  # where descriptors wait while 0 to 4 are being set
_INODES = 2000
_LONGEST_CPU = 1 << 30  # seconds; gVisor counts them in nanoseconds, which a larger number overflows
_QUIET = system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC


@dataclass(frozen=True)
class Pipes:
    """The descriptors that a candidate keeps, as numbered in the supervisor."""

    output: int
    results: int
    requests: int


@dataclass(frozen=True)
class Cell:
    """Where a candidate lives: its own user id (None in namespace mode) and its scratch directory."""

    uid: int | None
    scratch: str
    filter: bytes


def confine(cell: Cell, pipes: Pipes, bounds: Bounds) -> int:
    """Confines this process for good; returns its pid as the supervisor sees it."""
    _keep_only(pipes)
    os.setsid()
    if cell.uid is None:
        system.prctl(system.PR_SET_DUMPABLE, 1)  # else its files under /proc belong to root
    _volunteer_for_the_kernel()
    pid = _enter_namespaces(bounds) if cell.uid is None else _prepare_scratch(cell)
    _limit(bounds)
    if cell.uid is None:
        system.drop_capabilities()  # all that a new namespace gives
    else:
        _become(cell.uid)  # which leaves none: the supervisor has none to inherit
    os.chdir(cell.scratch)  # after the change of user: the directory is closed to anybody else
    os.umask(0o077)
    seccomp.install(cell.filter)
    return pid


def limit_memory(bounds: Bounds) -> None:
    """Sets the address space last, so that even a tiny limit leaves room to say what happened."""
    _lower(resource.RLIMIT_AS, bounds["memory"], bounds["memory"])


def mount_scratch(size: int, mode: str) -> None:
    """Mounts the folder under which candidates write: bounded, and nothing in it can be executed."""
    system.mount_tmpfs(SCRATCH, _QUIET, f"size={size},nr_inodes={_INODES},mode={mode}")


def _volunteer_for_the_kernel() -> None:
    """Lets the kernel, short of memory, take this process first."""
    file = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    os.write(file, b"1000")
    os.close(file)


def _keep_only(pipes: Pipes) -> None:
    """Arranges descriptors 0 to 4 and closes every other."""
    null = os.open("/dev/null", os.O_RDWR)  # its own: flags and locks of a shared one would be a mailbox
    wanted = (null, pipes.output, pipes.output, pipes.results, pipes.requests)
    waiting = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _HIGH) for descriptor in wanted]
    for target, descriptor in enumerate(waiting):
        os.dup2(descriptor, target, inheritable=target < RESULTS)
    os.closerange(REQUESTS + 1, max(waiting) + 1)


def _prepare_scratch(cell: Cell) -> int:
    assert cell.uid is not None
    os.mkdir(cell.scratch, 0o700)
    os.chown(cell.scratch, cell.uid, cell.uid)
    return os.getpid()


def _become(uid: int) -> None:
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)  # from a root of three capabilities to none


def _limit(bounds: Bounds) -> None:
    cpu = min(bounds["cpu"], _LONGEST_CPU)
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_FSIZE, bounds["scratch"], bounds["scratch"]),
        (resource.RLIMIT_NPROC, bounds["processes"], bounds["processes"]),
        (resource.RLIMIT_NOFILE, 64, 64),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_STACK, 16 << 20, 16 << 20),
        (resource.RLIMIT_MEMLOCK, 0, 0),
    ):
        _lower(kind, soft, hard)
    with contextlib.suppress(
        ValueError
    ):  # gVisor has no such limit; the filter refuses message queues anyway
        _lower(resource.RLIMIT_MSGQUEUE, 0, 0)


def _lower(kind: int, soft: int, hard: int) -> None:
    """Sets a limit, never above the one in force, which only a privileged process could raise."""
    _, ceiling = resource.getrlimit(kind)
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(kind, (soft, hard))


def _enter_namespaces(bounds: Bounds) -> int:
    """Moves this process into namespaces of its own; a parent stays behind to report how it ended."""
    uid, gid = os.getuid(), os.getgid()
    system.unshare(system.CLONE_NEWUSER | system.CLONE_NEWNS | system.CLONE_NEWIPC | system.CLONE_NEWPID)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    child = os.fork()
    if child != 0:
        _mirror(child)
    pid = int(os.readlink("/proc/self"))  # this /proc still counts as the supervisor does
    system.mount_tmpfs("/proc", _QUIET | system.MS_RDONLY, "size=4k,nr_inodes=2")
    mount_scratch(max(bounds["scratch"], 32 << 20), "0700")
    return pid


def _mirror(child: int) -> NoReturn:
    """Waits for the first process of the new namespaces and ends exactly as it did."""
    os.closerange(0, _HIGH)
    _, status, _ = os.wait4(child, 0)
    if os.WIFSIGNALED(status):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL) if os.WTERMSIG(status) != signal.SIGKILL else None
        os.kill(os.getpid(), os.WTERMSIG(status))
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
