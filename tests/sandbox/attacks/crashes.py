"""Deaths of the interpreter."""

from tests.sandbox.attacks.attack import attack, gives

ATTACKS = [
    attack(
        "a read of nowhere is told as a crash",
        "import ctypes\ndef f():\n    return ctypes.string_at(1)\n",
        "crashed",
        also=lambda outcome: "SIGSEGV" in str(outcome.error),
    ),
    attack(
        "an abort is told as a crash",
        "import os\ndef f():\n    os.abort()\n",
        "crashed",
        also=lambda outcome: "killed by SIG" in str(outcome.error),
    ),
    attack(
        "broken bytecode is told as a crash or an error",
        """
def g(): pass
def f():
    h = type(g)(g.__code__.replace(co_code=bytes([125, 200, 100, 250, 83, 0] * 9), co_stacksize=1), {})
    return h()
""",
        "crashed",
        "returned",
        "timed_out",
        "rejected",
        "memory_exceeded",
    ),
    attack(
        "a freed object is told as a crash",
        """
import ctypes
def f():
    for number in range(64): ctypes.memset(id(type(number)) , 0, 400)
    return [1, 2.0, "x"]
""",
        "crashed",
        "timed_out",
    ),
    attack(
        "recursion without end is an ordinary error",
        "def f():\n    return f()\n",
        "returned",
        "crashed",
        also=lambda outcome: all("RecursionError" in str(result.error) for result in outcome.results),
    ),
    attack(
        "recursion without any limit is told as a crash",
        """
import sys
class C:
    def __getattr__(self, name): return getattr(self, name + "x"[:0])
def f():
    sys.setrecursionlimit(10**9)
    return eval("-" * 10 + "C().x")
""",
        "crashed",
        "memory_exceeded",
        "timed_out",
    ),
    attack(
        "a source nested too deep is its own error",
        "x = " + "(" * 5000 + ")" * 5000 + "\ndef f(): pass\n",
        "raised",
    ),
    attack(
        "a number of a million digits is its own error",
        "x = " + "9" * 500_000 + "\ndef f(): pass\n",
        "raised",
    ),
    attack(
        "a signal of the CPU limit without its CPU time is a crash",
        "import os, signal, time\ndef f():\n    os.kill(os.getpid(), signal.SIGXCPU)\n    time.sleep(0.2)\n    os._exit(3)\n",
        "crashed",
    ),
    attack(
        "a kill by itself is a crash",
        "import os\ndef f():\n    os.kill(os.getpid(), 9)\n    os._exit(3)\n",
        "crashed",
    ),
    attack(
        "a page behind the end of a file is a crash",
        """
import mmap, os
def f():
    file = os.open("x", os.O_CREAT | os.O_RDWR)
    os.write(file, bytes(8192))
    pages = mmap.mmap(file, 8192)
    os.ftruncate(file, 0)
    return pages[5000]
""",
        "crashed",
        also=lambda outcome: "SIGBUS" in str(outcome.error),
    ),
    attack(
        "an answer by a thread whose process has no main thread is an answer",
        """
import ctypes, os, platform, struct, threading, time
def late():
    time.sleep(0.1)
    header = b'{"status":"returned","results":[[true,7]],"arrays":[]}'
    os.write(3, struct.pack("<II", len(header), 0) + header)
    time.sleep(600)
def f():
    threading.Thread(target=late, daemon=True).start()
    ctypes.CDLL(None).syscall(60 if platform.machine() == "x86_64" else 93, 0)
""",
        also=gives(7),
    ),
    attack(
        "an exit of a thread pool that never ends ends with the process",
        "import atexit\natexit.register(lambda: exec('while True: pass'))\ndef f():\n    return 1\n",
        also=gives(1),
    ),
]
