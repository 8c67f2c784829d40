"""What every backend must do: named behaviours, each tried on a live sandbox, with a benign control after it.

The conformance tests run this over every backend, and `funsearch doctor` over the one at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from sandbox.interface import CallResult, Limits, Outcome, Sandbox, SandboxError, Value
from sandbox.layout import ENVIRONMENT

_QUICK = Limits(wall_seconds=5.0)
_CONTROL = "def control(numbers):\n    return sorted(numbers)\n"


@dataclass(frozen=True)
class Check:
    """One behaviour: whether it held, and what was found where it did not."""

    name: str
    held: bool
    found: str = ""


Behaviour = Callable[[Sandbox], str | None]  # returns None when it holds, else what was found


class _Register(Protocol):
    def __call__(self, behaviour: Behaviour) -> Behaviour: ...


_BEHAVIOURS: dict[str, Behaviour] = {}


def behaviour_names() -> tuple[str, ...]:
    """Returns the name of every behaviour, in the order in which they are tried."""
    return tuple(_BEHAVIOURS)


def run_self_check(box: Sandbox) -> tuple[Check, ...]:
    """Returns the result of every behaviour."""
    return tuple(check_one(box, name) for name in _BEHAVIOURS)


def check_one(box: Sandbox, name: str) -> Check:
    """Returns the result of one behaviour, which holds only if the sandbox still works after it."""
    try:
        found = _BEHAVIOURS[name](box) or _control(box)
    except SandboxError as error:
        found = f"{type(error).__name__}: {error}"
    return Check(name, found is None, found or "")


def failures(checks: tuple[Check, ...]) -> Iterator[Check]:
    """Yields the behaviours that did not hold."""
    return (check for check in checks if not check.held)


def _control(box: Sandbox) -> str | None:
    outcome = box.call(_CONTROL, "control", [[[3, 1, 2]]], limits=_QUICK)
    return _unless(_values(outcome) == [[1, 2, 3]], outcome, "the control that followed it failed: ")


def _behaviour(name: str) -> _Register:
    def register(behaviour: Behaviour) -> Behaviour:
        _BEHAVIOURS[name] = behaviour
        return behaviour

    return register


def _ends(name: str, source: str, status: str, limits: Limits = _QUICK) -> None:
    """Registers a behaviour: calling `f()` of `source` ends with `status`."""

    def behaviour(box: Sandbox) -> str | None:
        outcome = box.call(source, "f", [[]], limits=limits)
        return _unless(outcome.status == status, outcome, f"expected {status!r}: ")

    _BEHAVIOURS[name] = behaviour


def _answers(name: str, source: str, value: Value) -> None:
    """Registers a behaviour: calling `f()` of `source` returns `value`."""

    def behaviour(box: Sandbox) -> str | None:
        outcome = box.call(source, "f", [[]], limits=_QUICK)
        return _unless(_values(outcome) == [value], outcome, f"expected {value!r}: ")

    _BEHAVIOURS[name] = behaviour


def _values(outcome: Outcome) -> list[Value]:
    return [result.value for result in outcome.results if result.ok]


def _unless(held: bool, outcome: Outcome | CallResult, introduction: str = "") -> str | None:
    return None if held else f"{introduction}{outcome!r:.600}"


@_behaviour("returns one result per argument list, from one import")
def _(box: Sandbox) -> str | None:
    source = "print('imported')\ndef add(a, b):\n    return a + b\n"
    outcome = box.call(source, "add", [[1, 2], ["a", "b"], [[1], [2]]], limits=_QUICK)
    return _unless(_values(outcome) == [3, "ab", [1, 2]] and outcome.stdout == "imported\n", outcome)


@_behaviour("carries plain values of every kind there and back")
def _(box: Sandbox) -> str | None:
    values: list[Value] = [
        None,
        True,
        0,
        -(2**63),
        1.5,
        "é\U0001f600\0",
        [],
        {"$array": 0},
        {"a": [{"$": None}]},
    ]
    outcome = box.call("def echo(x):\n    return x\n", "echo", [[value] for value in values], limits=_QUICK)
    return _unless(_values(outcome) == values, outcome)


@_behaviour("carries typed arrays there and back, NaN and infinity included")
def _(box: Sandbox) -> str | None:
    import numpy as np

    arrays = [np.arange(6).reshape(2, 3).astype(kind) for kind in "?bhilBHILfd"]
    arrays += [np.array([np.nan, np.inf]), np.array(3.5), np.zeros((0, 2))]
    outcome = box.call("def echo(x):\n    return x\n", "echo", [[array] for array in arrays], limits=_QUICK)
    same = [
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for a, b in zip(arrays, _values(outcome), strict=False)
    ]
    return _unless(len(same) == len(arrays) and all(same), outcome)


@_behaviour("gives every call its own copy of its arguments")
def _(box: Sandbox) -> str | None:
    import numpy as np

    shared = np.zeros(2)
    source = "def f(x):\n    x += 1\n    return x\n"
    outcome = box.call(source, "f", [[shared], [shared]], limits=_QUICK)
    return _unless([value.tolist() for value in _values(outcome)] == [[1, 1], [1, 1]], outcome)


@_behaviour("makes an exception the value of its own call")
def _(box: Sandbox) -> str | None:
    outcome = box.call("def f(x):\n    return 1 / x\n", "f", [[0], [2]], limits=_QUICK)
    expected = (CallResult(False, error="ZeroDivisionError: division by zero"), CallResult(True, 0.5))
    return _unless(outcome.results == expected, outcome)


_ends("says when the source cannot be imported", "def f(:\n", "raised")
_ends("says when the function is missing after all", "def f():\n    pass\ndel f\n", "raised")


@_behaviour("refuses a function that the source can never have")
def _(box: Sandbox) -> str | None:
    try:
        outcome = box.call("def g():\n    pass\n", "f", [[]], limits=_QUICK)
    except ValueError as refusal:
        return None if "(g)" in str(refusal) else f"a refusal that does not name g: {refusal}"
    return _unless(False, outcome, "expected ValueError: ")


_ends("stops an endless loop", "def f():\n    while True: pass\n", "timed_out", Limits(wall_seconds=0.3))
_ends(
    "stops a process at its CPU limit",
    "def f():\n    while True: pass\n",
    "timed_out",
    Limits(wall_seconds=20.0, cpu_seconds=1.0),
)
_ends("refuses more memory than allowed", "def f():\n    return len(bytearray(1 << 30))\n", "memory_exceeded")
_ends("refuses more output than allowed", "def f():\n    return 'x' * 300000\n", "output_exceeded")
_ends("notices an early exit", "import os\ndef f():\n    os._exit(0)\n", "crashed")
_ends(
    "notices a crash in native code",
    "import ctypes\ndef f():\n    return ctypes.string_at(1)\n",
    "crashed",
)
_ends("rejects a number that is not finite", "def f():\n    return [1.0, float('nan')]\n", "rejected")
_ends("rejects a value of another type", "def f():\n    return {1, 2}\n", "rejected")


@_behaviour("keeps what was printed, up to its limit")
def _(box: Sandbox) -> str | None:
    source = "import sys\ndef f():\n    print('x' * 100000)\n    print('y', file=sys.stderr)\n"
    outcome = box.call(source, "f", [[]], limits=Limits(wall_seconds=5.0, stdout_bytes=1000))
    return _unless(outcome.status == "returned" and outcome.stdout == "x" * 1000, outcome)


@_behaviour("measures time and memory from outside")
def _(box: Sandbox) -> str | None:
    source = "def f():\n    x = bytearray(100 << 20)\n    return sum(range(2_000_000))\n"
    outcome = box.call(source, "f", [[]], limits=_QUICK)
    held = outcome.wall_seconds > 0.001 and outcome.cpu_seconds > 0.001
    return _unless(held and outcome.peak_memory_bytes > 100 << 20, outcome)


@_behaviour("gives every candidate an empty scratch directory")
def _(box: Sandbox) -> str | None:
    source = (
        "import os\ndef f():\n    before = os.listdir('.')\n"
        "    open('left', 'w').write('x')\n    return [before, os.listdir('.')]\n"
    )
    outcomes = [box.call(source, "f", [[]], limits=_QUICK) for _ in range(2)]
    return next(filter(None, (_unless(_values(o) == [[[], ["left"]]], o) for o in outcomes)), None)


_answers(
    "lets nothing be written elsewhere",
    """
import os
def f():
    written = []
    for folder in ["/", "/tmp", "/var/tmp", "/dev/shm", "/dev", "/packages", "/guest/sandbox", "/python/lib",
                   "/scratch/..", "/proc", "/sys", "/door", os.path.dirname(os.__file__)]:
        try:
            open(folder + "/mark", "w").close()
            written.append(folder)
        except OSError:
            pass
    return written
""",
    [],
)
_answers(
    "shows no file of the host",
    """
import os
def f():
    paths = ["/etc/passwd", "/etc/shadow", "/root", "/home", "/var/run/docker.sock", "/run/docker.sock",
             "/bin/sh", "/usr/bin/env"]
    return [path for path in paths if os.path.exists(path)]
""",
    [],
)
_answers(
    "shows no hardware of the host",
    """
import os
def f():
    own = ("/sys/fs/cgroup", "/sys/devices/system/cpu", "/sys/class/net/lo")  # the latter are gVisor's
    return [folder for folder, _, names in os.walk("/sys") if names and not folder.startswith(own)][:10]
""",
    [],
)
_answers(
    "reaches no network",
    """
import socket
def f():
    opened = []
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16, 38, 40):
        try:
            socket.socket(family, socket.SOCK_STREAM).close()
            opened.append(family)
        except OSError:
            pass
    return opened
""",
    [],
)
_answers(
    "limits the number of processes",
    """
import os, time
def f():
    born = 0
    try:
        for _ in range(40):
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            born += 1
    except OSError:
        return born < 10
    return born
""",
    True,
)
_answers(
    "leaves no process of an earlier candidate",
    """
import os
def exists(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
def f():
    return [pid for pid in range(2, os.getpid()) if exists(pid)]
""",
    [],
)
_answers(
    "keeps the supervisor out of reach",
    """
import os, signal
def f():
    reached = []
    if os.getppid() == 0:
        return reached  # first of its own pid namespace: there is nobody to reach
    own = {name + b"=" + value for name, value in os.environb.items()} | {b""}
    for path in ("environ", "mem", "fd/0", "cwd"):
        try:
            found = open("/proc/1/" + path, "rb").read(4096)
            if path != "environ" or not set(found.split(b"\\0")) <= own:  # gVisor shows it
                reached.append(path)
        except OSError:
            pass
    try:
        os.kill(os.getppid(), signal.SIGTERM)
        reached.append("kill")
    except OSError:
        pass
    return reached
""",
    [],
)
_answers(
    "runs as nobody in particular",
    """
import os
def f():
    gained = []
    for name in ("setuid", "seteuid", "setgid"):
        try:
            getattr(os, name)(0)
            gained.append(name)
        except OSError:
            pass
    return gained + [os.getuid() == 0]
""",
    [False],
)


@_behaviour("shows no environment but its own")
def _(box: Sandbox) -> str | None:
    source = "import os\ndef f():\n    return sorted(os.environ)\n"
    outcome = box.call(source, "f", [[]], limits=_QUICK)
    allowed = {*ENVIRONMENT, "HOSTNAME", "PWD", "LC_CTYPE"}
    return _unless(len(_values(outcome)) == 1 and allowed.issuperset(_values(outcome)[0]), outcome)


@_behaviour("keeps a session's process between calls")
def _(box: Sandbox) -> str | None:
    source = "total = 0\ndef add(x):\n    global total\n    total += x\n    return total\n"
    with box.session(source, limits=_QUICK) as session:
        results = [session.call("add", 2), session.call("add", 3)]
        outcome = session.call_many("add", [[4], [5]])
    held = [result.value for result in (*results, *outcome.results)] == [2, 5, 9, 14]
    return _unless(held, outcome)


@_behaviour("gives a call of a session a deadline of its own")
def _(box: Sandbox) -> str | None:
    source = "import time\ndef f(seconds):\n    time.sleep(seconds)\n    return seconds\n"
    with box.session(source, limits=Limits(wall_seconds=0.01)) as session:
        longer = session.call("f", 0.05, wall_seconds=20.0)
        missed = session.call_many("f", [[30]], wall_seconds=0.2)
        dead = session.call("f", 0, wall_seconds=20.0)
    held = longer.ok and missed.status == "timed_out" and "0.2 s" in str(missed.error)
    return _unless(held and not dead.ok and "0.2 s" in str(dead.error), missed)


@_behaviour("bounds the CPU time of a session in each request, not in their number")
def _(box: Sandbox) -> str | None:
    source = "import resource\ndef f():\n    return resource.getrlimit(resource.RLIMIT_CPU)[0]\n"
    with box.session(source, limits=_QUICK) as session:
        unbounded = session.call("f")
    with box.session(source, limits=Limits(wall_seconds=5.0, cpu_seconds=7.0)) as session:
        bounded = session.call("f")
    held = unbounded.ok and bounded.value == 7 and (unbounded.value == -1 or unbounded.value > 10**6)
    return _unless(held, unbounded if bounded.ok else bounded)


@_behaviour("fails every call of a session whose process is dead")
def _(box: Sandbox) -> str | None:
    source = "import os\ndef f(x):\n    if x:\n        os._exit(1)\n    return x\n"
    with box.session(source, limits=_QUICK) as session:
        alive, dying, dead = session.call("f", 0), session.call("f", 1), session.call("f", 0)
    return _unless(alive.ok and not dying.ok and not dead.ok and "crashed" in str(dead.error), dead)
