"""Deaths of the interpreter."""

from tests.sandbox.attacks.attack import attack

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
]
