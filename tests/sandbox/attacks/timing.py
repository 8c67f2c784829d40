"""Clocks that lie, and work hidden from them."""

from tests.sandbox.attacks.attack import attack, failed, refused

ATTACKS = [
    attack(
        "a patched clock does not shorten the measured time",
        """
import time
def f():
    until = time.process_time() + 0.2
    while time.process_time() < until: pass
    time.time = time.monotonic = time.perf_counter = time.process_time = lambda: 0.0
    return 1
""",
        also=lambda outcome: min(outcome.wall_seconds, outcome.cpu_seconds) >= 0.19,
    ),
    attack(
        "work done by a child is counted",
        """
import os, time
def f():
    if os.fork() == 0:
        until = time.process_time() + 0.2
        while time.process_time() < until: pass
        os._exit(0)
    os.wait()
    return 1
""",
        also=lambda outcome: outcome.cpu_seconds >= 0.19,
    ),
    attack(
        "memory of the past is counted",
        "def f():\n    return len(b'x' * (100 << 20)) and 1\n",
        also=lambda outcome: outcome.peak_memory_bytes > 100 << 20,
    ),
    attack(
        "an alarm of its own does not outlive or shift the deadline",
        "import signal\ndef f():\n    signal.setitimer(signal.ITIMER_REAL, 1000)\n    while True: pass\n",
        "timed_out",
    ),
    attack(
        "a tracer set on every call sees its own process only",
        """
import sys
seen = []
def f():
    sys.setprofile(lambda frame, *_: seen.append(frame.f_code.co_filename))
    try: import json; json.dumps([1])
    finally: sys.setprofile(None)
    assert not any("evaluators" in name or "pool" in name for name in seen)
    raise OSError("nothing else to be seen")
""",
        also=failed,
    ),
    attack(
        "a late thread cannot answer for the next candidate",
        """
import os, threading, time
def late():
    while True:
        try: os.write(3, b"forged")
        except OSError: return
        time.sleep(0.001)
def f():
    threading.Thread(target=late, daemon=True).start()
    return 1
""",
        "returned",
        "rejected",
        "output_exceeded",
        "crashed",
    ),
    attack(
        "nobody can ignore the end of children to hide their work",
        "import signal\ndef f():\n    signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n",
        also=refused,
    ),
    attack(
        "a clock that ticks for ever does not outlive its process",
        "import signal\ndef f():\n    signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)\n    while True: pass\n",
        "crashed",
        "timed_out",
    ),
]
