"""Time, memory, processes, descriptors, disk and output without end."""

from tests.sandbox.attacks.attack import LIMITS, attack, failed, gives, refused

SPREAD = """
import os, time
def f():
    for _ in range(3):
        if os.fork() == 0: break
    hoard = []
    while len(hoard) < 75:
        {share}
        time.sleep(0.02)
    while True: time.sleep(1)
"""

ATTACKS = [
    attack(
        "a fork bomb is bounded and dies with its call",
        "import os\ndef f():\n    while True:\n        try: os.fork()\n        except OSError: pass\n",
        "timed_out",
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
        also=failed,
    ),
    attack(
        "memory is bounded, page by page",
        "def f():\n    hoard = []\n    while True: hoard.append(bytearray(1 << 24))\n",
        "memory_exceeded",
    ),
    attack("memory is bounded in one piece", "def f():\n    return len([0] * 10**10)\n", "memory_exceeded"),
    attack(
        "memory mapped around the allocator is bounded",
        "import mmap\ndef f():\n    return len(mmap.mmap(-1, 1 << 34, flags=mmap.MAP_PRIVATE | mmap.MAP_ANON))\n",
        also=refused,
    ),
    attack(
        "a bomb of compressed bytes is bounded",
        "import zlib\ndef f():\n    x = zlib.compress(bytes(1 << 28), 1)\n    return len(zlib.decompress(x) * 2)\n",
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
        "no memory can be locked",
        """
import ctypes, os
def f():
    libc = ctypes.CDLL(None, use_errno=True)
    page = ctypes.create_string_buffer(1 << 20)
    if libc.mlock(page, 1 << 20) != 0: raise OSError(ctypes.get_errno(), "mlock")
""",
        also=refused,
    ),
    attack(
        "descriptors are bounded",
        "import os\ndef f():\n    while True: os.open('/dev/null', os.O_RDONLY)\n",
        also=lambda outcome: "Too many open files" in str(outcome.results[0].error),
    ),
    attack(
        "pipes full of bytes are freed with their process",
        """
import os
def f():
    while True:
        _, end = os.pipe()
        os.set_blocking(end, False)
        try:
            while True: os.write(end, bytes(65536))
        except BlockingIOError: pass
""",
        also=refused,
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
        "disk held by deleted files of a daemon is free again for the next candidate",
        """
import os, time
def f():
    if os.fork() == 0:
        for number in range(4):
            file = os.open(f"gone{number}", os.O_CREAT | os.O_WRONLY)
            os.unlink(f"gone{number}")
            try: os.write(file, bytes(8 << 20))
            except OSError: pass
        time.sleep(600)
    time.sleep(0.1)
""",
    ),
    attack(
        "a sparse file cannot be larger than allowed",
        "import os\ndef f():\n    open('x', 'w').close(); os.truncate('x', 1 << 40)\n",
        "returned",
        "crashed",
        also=refused,
    ),
    attack(
        "used-up inodes are free again for the next candidate",
        "def f():\n    for number in range(20000): open(f'f{number}', 'w').close()\n",
        also=refused,
    ),
    attack(
        "printing without end is cut and does not block",
        "def f():\n    for _ in range(20000): print('x' * 1000)\n    return 1\n",
        "returned",
        "timed_out",
        also=lambda outcome: len(outcome.stdout) == LIMITS.stdout_bytes,
    ),
    attack(
        "printing by many processes at once is cut, too",
        """
import os
def f():
    for _ in range(5):
        if os.fork() == 0:
            while True: os.write(2, b"y" * 65536)
    for _ in range(2000): os.write(1, b"x" * 1000)
    return 1
""",
        "returned",
        "timed_out",
        also=lambda outcome: len(outcome.stdout) == LIMITS.stdout_bytes,
    ),
    attack(
        "a loop in native code ends by the clock",
        "def f():\n    return len(range(10**9).__repr__()) + sum(range(10**11))\n",
        "timed_out",
    ),
    attack(
        "a regular expression that backtracks for ever ends by the clock",
        "import re\ndef f():\n    return bool(re.match('(a+)+$', 'a' * 64 + 'b'))\n",
        "timed_out",
    ),
    attack("sleep ends by the clock", "import time\ndef f():\n    time.sleep(10**6)\n", "timed_out"),
    attack("an import without end ends by the clock", "while True: pass\ndef f(): pass\n", "timed_out"),
    attack(
        "pipes as large as they can be do not take the supervisor along",
        """
import fcntl, os, time
def f():
    for _ in range(6):
        if os.fork() == 0: break
    try:
        while True:
            _, start = os.pipe()
            try: fcntl.fcntl(start, 1031, 1 << 20)
            except OSError: pass
            os.set_blocking(start, False)
            try:
                while True: os.write(start, bytes(65536))
            except BlockingIOError: pass
    except OSError: time.sleep(0.2)
    return 1
""",
        "returned",
        "rejected",  # several of them answer
        "timed_out",
        "crashed",
    ),
    attack(
        "several processes may use no more memory than one",
        SPREAD.format(share="hoard.append(b'x' * (4 << 20))"),
        "memory_exceeded",
    ),
    attack(
        "several processes that are no children of the first may use no more memory than one",
        SPREAD.format(share="hoard.append(b'x' * (4 << 20))").replace(
            "0: break", "0: os.setsid(); os.fork() and os._exit(0); break"
        ),
        "memory_exceeded",
    ),
    attack(
        "memory mapped by several processes is counted, too",
        "import mmap\n"
        + SPREAD.format(
            share="hoard.append(mmap.mmap(-1, 4 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANON)); hoard[-1].write(b'x' * (4 << 20))"
        ),
        "memory_exceeded",
    ),
    attack(
        "several processes may use as much memory as one",
        """
import os, time
def f():
    for _ in range(4):
        if os.fork() == 0: hoard = b"x" * (75 << 20); time.sleep(60)
    time.sleep(0.3)
    return 1
""",
        also=gives(1),
    ),
    attack(
        "no memory that nobody could count is to be had",
        "import mmap\ndef f():\n    return len(mmap.mmap(-1, 1 << 20))\n",
        also=refused,
    ),
    attack(
        "memory shared and let go of does not take the supervisor along",
        """
import mmap, os
def f():
    for _ in range(4):
        hoard = mmap.mmap(os.open("/dev/zero", os.O_RDWR), 200 << 20)
        if os.fork() == 0:
            for page in range(0, len(hoard), 4096): hoard[page] = 1
            os._exit(0)
        os.wait()
    return 1
""",
        "returned",
        "memory_exceeded",
        "crashed",
    ),
    attack(
        "a million keys are cut",
        "def f():\n    return dict.fromkeys(map(str, range(300_000)), 0)\n",
        "output_exceeded",
        "memory_exceeded",
    ),
    attack(
        "pollers and events are bounded",
        "import os, select\ndef f():\n    keep = []\n    while True: keep += [select.epoll(), os.eventfd(0), os.pipe()]\n",
        also=refused,
    ),
    attack(
        "printing by a child after the answer is cut",
        """
import os
def f():
    if os.fork() == 0:
        while True: os.write(1, b"z" * 65536)
    return 1
""",
        also=lambda outcome: outcome.results[0].value == 1 and len(outcome.stdout) <= LIMITS.stdout_bytes,
    ),
]
