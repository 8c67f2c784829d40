"""Hostile programs. After each one the same sandbox still works, and a probe finds nothing of it.

An attack names the property that must hold; `endings` are the outcomes that keep it. A sandbox that fails
every call would survive everything, so every attack is followed by a benign control through the same path.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from sandbox import Limits, Outcome, Sandbox

LIMITS = Limits(wall_seconds=10.0)  # time enough on a busy machine
HURRIED = Limits(wall_seconds=0.7)  # for what can only end by the clock

FORGE = """
import os, struct
def record(header, body=b""):
    return struct.pack("<II", len(header), len(body)) + header + body
def send(data):
    while data:
        data = data[os.write(3, data):]
"""

PROBE = """
import os
def probe(numbers):
    pids = [name for name in os.listdir("/proc") if name.isdigit() and name not in ("1", str(os.getpid()))]
    try:
        shared = open("/proc/sysvipc/shm").read().count("\\n") - 1
    except OSError:
        shared = 0
    space = os.statvfs(".")
    import json, math, builtins
    patched = [json.dumps([1]), math.sqrt(4), builtins.len([1, 2])]
    return {"pids": pids, "scratch": os.listdir("."), "shared": shared, "sorted": sorted(numbers),
            "patched": patched, "full": space.f_bavail * space.f_bsize < 1 << 20, "inodes": space.f_favail > 50}
"""
NOTHING_LEFT = {
    "pids": [],
    "scratch": [],
    "shared": 0,
    "sorted": [1, 2, 3],
    "patched": ["[1]", 2.0, 2],
    "full": False,
    "inodes": True,
}


@dataclass(frozen=True)
class Attack:
    """A hostile `f()` and how it may end."""

    holds: str
    source: str
    endings: frozenset[str]
    also: Callable[[Outcome], bool]

    @property
    def limits(self) -> Limits:
        return HURRIED if self.endings == {"timed_out"} else LIMITS


def attack(
    holds: str, source: str, *endings: str, also: Callable[[Outcome], bool] = lambda _: True
) -> Attack:
    return Attack(holds, source, frozenset(endings), also)


def refused(outcome: Outcome) -> bool:
    """Whether the call ended in an error of the operating system."""
    return all(not result.ok and "Errno" in str(result.error) for result in outcome.results)


def syscall(number_x86: int, number_arm: int, *arguments: str) -> str:
    """A program that makes one system call by number and raises what the kernel answers."""
    return f"""
import ctypes, os, platform
def f():
    libc = ctypes.CDLL(None, use_errno=True)
    number = {number_x86} if platform.machine() == "x86_64" else {number_arm}
    if libc.syscall(number, {", ".join(arguments) or "0"}) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "succeeded"
"""


ATTACKS = [
    attack(
        "a fork bomb is bounded and dies with its call",
        "import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass\n",
        "timed_out",
    ),
    attack(
        "a daemon does not outlive its call",
        """
import os, time
def f():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            while True: time.sleep(1)
        os._exit(0)
    return 1
""",
        "returned",
    ),
    attack(
        "a child that squats on every pipe does not stall the supervisor",
        "import os, time\ndef f():\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)\n",
        "crashed",
        also=lambda outcome: "exited with code 0" in str(outcome.error),
    ),
    attack(
        "a thread bomb is bounded",
        """
import threading, time
def f():
    for _ in range(1000): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
""",
        "returned",
        "crashed",
        "memory_exceeded",
        also=lambda outcome: all(not result.ok for result in outcome.results),
    ),
    attack(
        "memory is bounded, page by page",
        "def f():\n    hoard = []\n    while True: hoard.append(bytearray(1 << 24))\n",
        "memory_exceeded",
    ),
    attack(
        "memory of several processes together does not take the supervisor along",
        """
import os
def f():
    for _ in range(4):
        if os.fork() == 0: break
    hoard = []
    try:
        while len(hoard) < 100: hoard.append(b"x" * (1 << 20))
    except MemoryError: pass
    while True: pass
""",
        "timed_out",
    ),
    attack(
        "a full disk is empty again for the next candidate",
        """
def f():
    for number in range(100):
        with open(f"fill{number}", "wb") as file:
            while True: file.write(bytes(1 << 20)); file.flush()
""",
        "returned",
        "crashed",
        also=refused,
    ),
    attack(
        "used-up inodes are free again for the next candidate",
        "def f():\n    for number in range(20000): open(f'f{number}', 'w').close()\n",
        "returned",
        "timed_out",
    ),
    attack(
        "a deep and locked tree of folders is removed",
        """
import os
def f():
    for depth in range(300):
        os.mkdir("d"); os.chdir("d")
    for _ in range(299):
        os.chdir(".."); os.chmod("d", 0)
    os.symlink("/packages", "link")
    os.chmod("/scratch", 0o777)
""",
        "returned",
    ),
    attack(
        "printing without end is cut and does not block",
        "def f():\n    for _ in range(20000): print('x' * 1000)\n    return 1\n",
        "returned",
        "timed_out",
        also=lambda outcome: len(outcome.stdout) == LIMITS.stdout_bytes,
    ),
    attack(
        "the supervisor cannot be killed",
        """
import os, signal
def f():
    for target in (1, -1, os.getppid() or 1):
        try: os.kill(target, signal.SIGKILL)
        except OSError: pass
    if os.getpid() == 1: return 1
    os.kill(os.getpid(), signal.SIGKILL)
""",
        "returned",
        "crashed",
    ),
    attack(
        "the supervisor's memory cannot be read",
        "def f():\n    return open('/proc/1/mem', 'rb').read(1)\n",
        "returned",
        also=refused,
    ),
    attack(
        "no process can be traced",
        syscall(101, 117, "16", "os.getppid()", "0", "0"),
        "returned",
        also=refused,
    ),
    attack(
        "no shared memory outlives a call",
        syscall(29, 194, "4242", "4096", "0o1666"),
        "returned",
        also=refused,
    ),
    attack("no message queue outlives a call", syscall(68, 186, "4242", "0o1666"), "returned", also=refused),
    attack("no namespace can be made", syscall(272, 97, "0x10000000"), "returned", also=refused),
    attack("nor by clone", syscall(56, 220, "0x10000011", "0", "0", "0", "0"), "returned", also=refused),
    attack(
        "nothing can be mounted",
        syscall(165, 40, "0", "b'/scratch'", "b'tmpfs'", "0", "0"),
        "returned",
        also=refused,
    ),
    attack("no anonymous file can be made", syscall(319, 279, "b'x'", "0"), "returned", also=refused),
    attack("no io_uring can be made", syscall(425, 425, "8", "b' ' * 200"), "returned", also=refused),
    attack("no key can be stored", syscall(250, 219, "1", "0"), "returned", also=refused),
    attack(
        "no user id can be changed",
        "import os\ndef f():\n    os.setresuid(0, 0, 0)\n",
        "returned",
        also=refused,
    ),
    attack(
        "limits cannot be raised",
        """
import resource
def f():
    resource.setrlimit(resource.RLIMIT_NPROC, (1000, 1000))
""",
        "returned",
        also=lambda outcome: not outcome.results[0].ok,
    ),
    attack(
        "a patched library stays in the process that patched it",
        """
import builtins, json, math, sys
def f():
    json.dumps = lambda *a, **k: '{"status":"returned","results":[[true,"forged"]],"arrays":[]}'
    math.sqrt = lambda x: 99
    builtins.len = lambda x: 0
    return 1
""",
        "returned",
        "rejected",
        "crashed",
        "timed_out",
    ),
    attack(
        "a second record is no answer",
        FORGE
        + 'def f():\n    send(record(b\'{"status":"returned","results":[[true,7]],"arrays":[]}\') * 2)\n',
        "rejected",
    ),
    attack(
        "a record that claims four gigabytes is cut short",
        FORGE + "def f():\n    send(b'\\xff' * 8 + bytes(1 << 16))\n",
        "output_exceeded",
    ),
    attack(
        "a forged record is decoded strictly",
        FORGE
        + 'def f():\n    send(record(b\'{"status":"returned","results":[[true,1e999]],"arrays":[]}\'))\n'
        "    os._exit(0)\n",
        "rejected",
    ),
    attack(
        "a forged record cannot claim a supervisor's finding",
        FORGE + 'def f():\n    send(record(b\'{"status":"timed_out","error":"x"}\'))\n    os._exit(0)\n',
        "rejected",
    ),
    attack(
        "half a record is no answer",
        FORGE + "def f():\n    send(record(b'{}')[:-1])\n    os._exit(0)\n",
        "crashed",
    ),
    attack(
        "a closed result channel ends the call at once",
        "import os, time\ndef f():\n    os.close(3)\n    time.sleep(600)\n",
        "crashed",
    ),
    attack(
        "a stopped process is out of time",
        "import os, signal\ndef f():\n    os.kill(os.getpid(), signal.SIGSTOP)\n    while True: pass\n",
        "timed_out",
    ),
    attack(
        "ignoring every signal does not help",
        """
import signal
def f():
    for number in range(1, 65):
        try: signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True: pass
""",
        "timed_out",
    ),
    attack(
        "a pickle is not a value",
        "class P:\n    def __reduce__(self):\n        return print, ('boom',)\ndef f():\n    return P()\n",
        "rejected",
    ),
    attack(
        "a list that lies arrives as a plain list",
        "class L(list):\n    def __eq__(self, other):\n        return True\ndef f():\n    return L([1])\n",
        "returned",
        also=lambda outcome: type(outcome.results[0].value) is list and outcome.results[0].value == [1],
    ),
    attack(
        "an exception that raises when shown is still a value",
        "class E(Exception):\n    def __str__(self):\n        raise SystemExit(3)\ndef f():\n    raise E\n",
        "returned",
        also=lambda outcome: outcome.results[0].error == "E: (its message raised, too)",
    ),
    attack(
        "a value nested without end is no answer",
        "def f():\n    x = []\n    for _ in range(100000): x = [x]\n    return x\n",
        "rejected",
    ),
    attack(
        "recursion without end is an ordinary error",
        "def f():\n    return f()\n",
        "returned",
        "crashed",
        also=lambda outcome: all("RecursionError" in str(result.error) for result in outcome.results),
    ),
]


@pytest.mark.parametrize("case", ATTACKS, ids=lambda case: case.holds.replace(" ", "_"))
def test_an_attack_is_held(box: Sandbox, case: Attack):
    outcome = box.call(case.source, "f", [[]], limits=case.limits)
    assert outcome.status in case.endings, outcome
    assert case.also(outcome), outcome

    after = box.call(PROBE, "probe", [[[3, 1, 2]]], limits=LIMITS)
    assert after.status == "returned", after
    assert after.results[0].value == NOTHING_LEFT


@pytest.mark.docker
def test_a_full_container_takes_the_candidate_and_not_the_supervisor(docker_box: Sandbox):
    source = """
import os
def f():
    for _ in range(3):
        if os.fork() == 0: break
    hoard = bytearray(300 << 20)
    for page in range(0, len(hoard), 4096): hoard[page] = 1
    while True: pass
"""
    outcome = docker_box.call(source, "f", [[]], limits=LIMITS)
    assert outcome.status in ("memory_exceeded", "timed_out"), outcome
    after = docker_box.call(PROBE, "probe", [[[3, 1, 2]]], limits=LIMITS)
    assert after.results[0].value == NOTHING_LEFT


@pytest.mark.docker
def test_a_candidate_killed_for_the_container_s_memory_is_told_apart(docker_box: Sandbox):
    source = "def f():\n    return len(b'x' * (700 << 20))\n"
    outcome = docker_box.call(source, "f", [[]], limits=Limits(wall_seconds=20, memory_bytes=2 << 30))
    assert outcome.status == "memory_exceeded", outcome
    assert "container" in str(outcome.error)


def test_the_probe_finds_what_is_there(box: Sandbox):
    source = PROBE + (
        "import time\n"
        "def leave(numbers):\n"
        "    open('left', 'w').close()\n"
        "    json = __import__('json'); json.dumps = lambda *_: 'patched'\n"
        "    found = probe(numbers)\n"
        "    found.update(pids=[])\n"
        "    print(found)\n"
    )
    outcome = box.call(source, "leave", [[[3, 1, 2]]], limits=LIMITS)
    assert "'scratch': ['left']" in outcome.stdout
    assert "'patched': ['patched'" in outcome.stdout
