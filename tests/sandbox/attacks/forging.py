"""Answers that a candidate writes for itself, and the libraries that it poisons."""

from tests.sandbox.attacks.attack import attack, failed, gives

RECORD = """
import os, struct
def record(header, body=b""):
    return struct.pack("<II", len(header), len(body)) + header + body
def send(data):
    while data:
        data = data[os.write(3, data):]
"""


def sends(header: str) -> str:
    """Returns a program that writes one record with this header and ends."""
    return RECORD + f"def f():\n    send(record({header.encode()!r}))\n    os._exit(0)\n"


ATTACKS = [
    attack(
        "a patched library stays in the process that patched it",
        """
import builtins, json, math, sys
import numpy
def f():
    json.dumps = lambda *a, **k: '{"status":"returned","results":[[true,"forged"]],"arrays":[]}'
    math.sqrt = lambda x: 99
    numpy.cumsum = lambda x: numpy.zeros(3)
    builtins.sorted = lambda x: [7]
    return 1
""",
        "returned",
    ),
    attack(
        "patched builtins stay in the process that patched them",
        "import builtins\ndef f():\n    builtins.len = lambda x: 0\n    builtins.type = None\n    return 1\n",
        "returned",
        "rejected",
        "crashed",
        "timed_out",
    ),
    attack(
        "a poisoned module table stays in the process",
        """
import sys, types
def f():
    for name in ("json", "math", "numpy", "os"): sys.modules[name] = types.ModuleType(name)
    sys.path[:] = []; sys.meta_path[:] = []
    return 1
""",
    ),
    attack(
        "a second record is no answer",
        RECORD
        + 'def f():\n    send(record(b\'{"status":"returned","results":[[true,7]],"arrays":[]}\') * 2)\n',
        "rejected",
    ),
    attack(
        "a record that claims four gigabytes is cut short",
        RECORD + "def f():\n    send(b'\\xff' * 8 + bytes(1 << 16))\n",
        "output_exceeded",
    ),
    attack(
        "a forged infinity is refused",
        sends('{"status":"returned","results":[[true,1e999]],"arrays":[]}'),
        "rejected",
    ),
    attack(
        "a forged NaN is refused",
        sends('{"status":"returned","results":[[true,NaN]],"arrays":[]}'),
        "rejected",
    ),
    attack(
        "a forged key that occurs twice is refused",
        sends('{"status":"returned","results":[[true,{"a":1,"a":2}]],"arrays":[]}'),
        "rejected",
    ),
    attack(
        "a forged lone surrogate is refused",
        sends('{"status":"returned","results":[[true,"\\ud800"]],"arrays":[]}'),
        "rejected",
    ),
    attack(
        "more results than calls are refused",
        sends('{"status":"returned","results":[[true,1],[true,2]],"arrays":[]}'),
        "rejected",
    ),
    attack(
        "a forged array without bytes is refused",
        sends('{"status":"returned","results":[[true,{"$array":0}]],"arrays":[["<f8",[1000000]]]}'),
        "rejected",
    ),
    attack(
        "a forged array of objects is refused",
        sends('{"status":"returned","results":[[true,{"$array":0}]],"arrays":[["|O",[0]]]}'),
        "rejected",
    ),
    attack(
        "an array larger than any memory is refused",
        sends('{"status":"returned","results":[[true,{"$array":0}]],"arrays":[["<f8",[0,1099511627776]]]}'),
        "rejected",
    ),
    attack(
        "a record that is no text is refused",
        RECORD + "def f():\n    send(record(b'\\xff{'))\n    os._exit(0)\n",
        "rejected",
    ),
    attack(
        "a forged record cannot claim a supervisor's finding",
        sends('{"status":"timed_out","error":"x"}'),
        "rejected",
    ),
    attack(
        "half a record is no answer",
        RECORD + "def f():\n    send(record(b'{}')[:-1])\n    os._exit(0)\n",
        "crashed",
    ),
    attack(
        "a record printed is only printed",
        'def f():\n    print(\'{"status":"returned","results":[[true,7]],"arrays":[]}\', flush=True)\n    return 1\n',
        also=gives(1),
    ),
    attack(
        "a closed result channel ends the call at once",
        "import os, time\ndef f():\n    os.close(3)\n    time.sleep(600)\n",
        "crashed",
    ),
    attack(
        "a record by a child after its parent's death comes too late or is decoded strictly",
        RECORD + "def f():\n    if os.fork() == 0:\n        while os.getppid() > 1: pass\n"
        '        send(record(b\'{"status":"returned","results":[[true,NaN]],"arrays":[]}\'))\n    os._exit(3)\n',
        "crashed",
        "rejected",
    ),
    attack(
        "the guest's own encoder, replaced, is decoded strictly",
        """
import sys
def f():
    wire = sys.modules["sandbox.wire"]
    pack = wire.pack
    wire.pack = lambda header, *parts, **_: pack({**header, "verified": True}, *parts)
    return 1
""",
        "rejected",
    ),
    attack(
        "nothing of the trusted side can be found by walking frames and objects",
        """
import gc, sys
def f():
    frame, names = sys._getframe(), set()
    while frame: names |= set(frame.f_locals); frame = frame.f_back
    modules = [name for name in sys.modules if name.split(".")[0] in ("sandbox", "evaluators", "funsearch", "docker")]
    inside = {"candidate", "census", "confinement", "guest", "relay", "seccomp", "sheet", "supervisor", "system", "wire"}
    return sorted(set(modules) - {"sandbox"} - {"sandbox." + name for name in inside}) + sorted(
        names & {"expected", "score", "answer_key", "hidden"})
""",
        also=gives([]),
    ),
    attack("an exit is not an answer", "import os\ndef f():\n    os._exit(0)\n", "crashed"),
    attack("an exit at import is not an answer", "import os\nos._exit(0)\ndef f(): pass\n", "crashed"),
    attack("sys.exit is an error like others", "import sys\ndef f():\n    sys.exit(0)\n", also=failed),
    attack("so is a keyboard interrupt", "def f():\n    raise KeyboardInterrupt\n", also=failed),
    attack(
        "sizes that numpy multiplies beside a zero are refused",
        sends(
            '{"status":"returned","results":[[true,{"$array":0}]],"arrays":[["<f8",[0,549755813888,549755813888]]]}'
        ),
        "rejected",
    ),
    attack(
        "a truth that counts as many is refused",
        "import numpy as np\ndef f():\n    return np.array([255, 7], dtype='u1').view(bool)\n",
        "rejected",
    ),
    attack(
        "a length below zero is a length too large",
        RECORD + "def f():\n    send(struct.pack('<iI', -1, 0))\n    os._exit(0)\n",
        "output_exceeded",
    ),
    attack(
        "a confession that is no text is refused",
        sends('{"status":"raised","error":[1]}'),
        "rejected",
    ),
    attack(
        "a confession of two statuses is refused",
        sends('{"status":"raised","status":"returned","error":"x"}'),
        "rejected",
    ),
    attack(
        "a reference to an array is a whole number",
        sends('{"status":"returned","results":[[true,{"$array":false}]],"arrays":[["<f8",[0]]]}'),
        "rejected",
    ),
    attack(
        "a big-endian array is refused as it is",
        sends('{"status":"returned","results":[[true,{"$array":0}]],"arrays":[[">f8",[0]]]}'),
        "rejected",
    ),
    attack(
        "a byte order mark is no JSON",
        RECORD + "def f():\n    send(record(b'\\xef\\xbb\\xbf{}'))\n    os._exit(0)\n",
        "rejected",
    ),
    attack(
        "a replaced write that adds bytes is no answer, or the answer alone",
        """
import os
def f():
    write = os.write
    def more(number, data):
        count = write(number, data)
        if number == 3: write(3, b"more")
        return count
    os.write = more
    return 1
""",
        "returned",
        "rejected",
        also=lambda outcome: all(result.value == 1 for result in outcome.results),
    ),
    attack(
        "a result that raises when it is read is rejected, not a crash",
        "class L(list):\n    def __iter__(self): raise KeyboardInterrupt\ndef f():\n    return L([1])\n",
        "rejected",
    ),
    attack(
        "a tracer that raises everywhere is not a crash",
        "import sys\ndef f():\n    sys.settrace(lambda *_: 1 / 0)\n    return 1\n",
        "rejected",
        "returned",
    ),
    attack(
        "a class that claims to be another is judged by its own bytes",
        "class L:\n    __class__ = list\n    def __iter__(self): return iter([1, {'a': (2,)}])\ndef f():\n    return L()\n",
        also=gives([1, {"a": [2]}]),
    ),
    attack("a generator is no value", "def f():\n    yield 1\n", "rejected"),
]
