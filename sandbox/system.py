"""The kernel's calls that the standard library lacks, by ctypes. Runs inside the sandbox."""

from __future__ import annotations

import ctypes
import os

PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CAPABILITIES_TO_SUPERVISE = 1 << 0 | 1 << 6 | 1 << 7  # CHOWN, SETGID, SETUID
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_RDONLY = 2, 4, 8, 1

_libc = ctypes.CDLL(None, use_errno=True)
_CAPABILITY_VERSION_3 = 0x20080522


def prctl(option: int, argument: int, extra: object = None) -> None:
    """Sets one property of this process; raises OSError."""
    zero = ctypes.c_ulong(0)
    pointer = extra if extra is not None else zero
    _check(_libc.prctl(option, ctypes.c_ulong(argument), pointer, zero, zero), f"prctl({option})")


def unshare(flags: int) -> None:
    """Moves this process into new namespaces; raises OSError."""
    _check(_libc.unshare(flags), f"unshare({flags:#x})")


def mount_tmpfs(target: str, flags: int, options: str) -> None:
    """Mounts an empty tmpfs; raises OSError."""
    outcome = _libc.mount(b"tmpfs", target.encode(), b"tmpfs", ctypes.c_ulong(flags), options.encode())
    _check(outcome, f"mount a tmpfs on {target}")


def drop_capabilities(kept: int = 0) -> None:
    """Empties the capability sets of this thread but for the bits `kept`; raises OSError."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0)  # effective, permitted, inheritable; then their upper halves
    _check(_libc.capset(header, sets), "capset")


def _check(outcome: int, what: str) -> None:
    if outcome != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
