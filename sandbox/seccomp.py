"""The system calls that a candidate may not make, as a raw BPF filter. Runs inside the sandbox.

Python and numpy need none of them; each either reaches outside the process or has a history of kernel bugs.
A refused call fails with EPERM, so that a program sees an ordinary error instead of dying.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import platform
import signal
import stat
import struct
from collections.abc import Sequence

from sandbox import system

# name: (number on x86_64, number on aarch64); None where the machine lacks the call.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    # network (socketpair stays: asyncio needs it, and nothing can be reached through it)
    "socket": (41, 198), "connect": (42, 203), "accept": (43, 202), "bind": (49, 200),
    "listen": (50, 201), "accept4": (288, 242),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "move_pages": (279, 239), "migrate_pages": (256, 238), "perf_event_open": (298, 241),
    # other programs: the interpreter is the only one here, and nothing in scratch must become another
    "execve": (59, 221), "execveat": (322, 281),
    # its share of the processor (runc refuses to raise it anyway, gVisor does not)
    "setpriority": (141, 140), "sched_setscheduler": (144, 119), "sched_setparam": (142, 118),
    "sched_setattr": (314, 274), "ioprio_set": (251, 30),
    # memory and messages that outlive a process
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "shmdt": (67, 197),
    "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "mq_open": (240, 180), "mq_unlink": (241, 181), "mq_timedsend": (242, 182),
    "mq_timedreceive": (243, 183), "mq_notify": (244, 184), "mq_getsetattr": (245, 185),
    "memfd_create": (319, 279), "memfd_secret": (447, 447),
    # what two processes may tell each other through a file that both may only read
    "inotify_init": (253, None), "inotify_init1": (294, 26), "flock": (73, 32),
    # keys
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # namespaces and mounts
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    # wide kernel surfaces
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "bpf": (321, 280), "userfaultfd": (323, 282), "personality": (135, 92), "modify_ldt": (154, None),
    "fanotify_init": (300, 262), "lookup_dcookie": (212, 18), "mbind": (237, 235),
    "set_mempolicy": (238, 237), "uselib": (134, None), "iopl": (172, None), "ioperm": (173, None),
    # the machine itself
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60),
    "syslog": (103, 116), "sethostname": (170, 161), "setdomainname": (171, 162),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
}  # fmt: skip
# name: (its two numbers, which argument, the bits of it that are refused)
_REFUSED_BITS: dict[str, tuple[tuple[int | None, int | None], int, int]] = {
    "clone": ((56, 220), 0, 0x7E020000),  # CLONE_NEW*
    "mknod": ((133, None), 1, stat.S_IFCHR),  # a bit that devices of both kinds have and a FIFO has not
    "mknodat": ((259, 33), 2, stat.S_IFCHR),
}
# name: (its two numbers, which argument, bits of it that are refused together)
_REFUSED_TOGETHER: dict[str, tuple[tuple[int | None, int | None], int, tuple[int, ...]]] = {
    # pages shared with nobody's file stay when every process has let go of them: nobody could count them
    "mmap": ((9, 222), 3, (mmap.MAP_SHARED, mmap.MAP_ANONYMOUS)),
}
# name: (its two numbers, which argument, the values of it that are refused)
_REFUSED_VALUES: dict[str, tuple[tuple[int | None, int | None], int, tuple[int, ...]]] = {
    # locks, leases, notices and hints: see flock. F_SETLK(W), their OFD kin, F_SETLEASE, F_NOTIFY, hints
    "fcntl": ((72, 25), 1, (6, 7, 37, 38, 1024, 1026, 1036, 1038)),
    # whoever ignores the end of its children hides the time that they used
    "rt_sigaction": ((13, 134), 0, (signal.SIGCHLD,)),
}
_CLONE3 = 435  # its flags lie behind a pointer that BPF cannot read; ENOSYS makes libc fall back to clone

_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_FILTER_MODE = 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def build_filter(machine: str | None = None) -> bytes:
    """Returns the filter for this machine; raises OSError on an architecture it does not know."""
    machines = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
    machine = machine or platform.machine()
    if machine not in machines:
        raise OSError(errno.ENOSYS, f"seccomp: expected one of {sorted(machines)}, found {machine!r}")
    column, architecture = machines[machine]
    program = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, 1, 0),
        _step(_RETURN, _KILL),  # 32-bit calls have other numbers
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        program += [_step(_AT_LEAST, 0x40000000, 0, 1), _refuse(errno.EPERM)]  # the x32 numbering
    for numbers in _REFUSED.values():
        program += _if_called(numbers[column], _refuse(errno.EPERM))
    program += _if_called(_CLONE3, _refuse(errno.ENOSYS))
    for numbers, argument, bits in _REFUSED_BITS.values():
        program += _if_called(numbers[column], *_unless_argument(argument, _ANY_BIT, bits))
    for numbers, argument, together in _REFUSED_TOGETHER.values():
        program += _if_called(numbers[column], *_unless_all_bits(argument, together))
    for numbers, argument, values in _REFUSED_VALUES.values():
        program += _if_called(numbers[column], *_unless_argument(argument, _EQUAL, *values))
    program.append(_step(_RETURN, _ALLOW))
    return b"".join(program)


def install(program: bytes) -> None:
    """Puts the filter on this process and its descendants, for ever."""
    system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    argument = _Program(len(program) // 8, program)
    system.prctl(system.PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(argument))


def _if_called(number: int | None, *steps: bytes) -> list[bytes]:
    """Returns steps for one call, jumped over by every other; none where the machine lacks the call."""
    return [] if number is None else [_step(_EQUAL, number, 0, len(steps)), *steps]


def _unless_argument(argument: int, test: int, *operands: int) -> list[bytes]:
    """Returns steps that allow a call unless its argument passes the test with one of the operands."""
    refusals = [step for operand in operands for step in (_step(test, operand, 0, 1), _refuse(errno.EPERM))]
    return [_step(_LOAD, _FIRST_ARGUMENT + 8 * argument), *refusals, _step(_RETURN, _ALLOW)]


def _unless_all_bits(argument: int, bits: Sequence[int]) -> list[bytes]:
    """Returns steps that allow a call unless its argument has every one of the bits."""
    tests = [_step(_ANY_BIT, bit, 0, len(bits) - index) for index, bit in enumerate(bits)]
    return [
        _step(_LOAD, _FIRST_ARGUMENT + 8 * argument),
        *tests,
        _refuse(errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]


def _step(code: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, operand)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, _ERROR | number)
