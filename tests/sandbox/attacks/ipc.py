"""Mailboxes between candidates that no process needs to keep."""

from tests.sandbox.attacks.attack import attack, failed, refused, syscall

ATTACKS = [
    attack("no shared memory outlives a call", syscall(29, 194, "4242", "4096", "0o1666"), also=refused),
    attack("no message queue outlives a call", syscall(68, 186, "4242", "0o1666"), also=refused),
    attack("no semaphore outlives a call", syscall(64, 190, "4242", "1", "0o1666"), also=refused),
    attack(
        "no POSIX message queue outlives a call",
        syscall(240, 180, "b'mark'", "0o102", "0o666", "0"),
        also=refused,
    ),
    attack("no anonymous file can be made", syscall(319, 279, "b'x'", "0"), also=refused),
    attack("no key can be stored", syscall(248, 217, "b'user'", "b'mark'", "b'x'", "1", "-4"), also=refused),
    attack("no key can be looked up", syscall(250, 219, "1", "0"), also=refused),
    attack(
        "no named shared memory outlives a call",
        """
from multiprocessing import shared_memory
def f():
    return shared_memory.SharedMemory("mark", create=True, size=4096).name
""",
        also=failed,
    ),
    attack(
        "a lock on a file that all see ends with its process",
        """
import fcntl, json, os, time
def f():
    file = os.open(json.__file__, os.O_RDONLY)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    if os.fork() == 0: time.sleep(600)
    return 1
""",
    ),
    attack(
        "flags of standard input are no mailbox",
        "import fcntl, os\ndef f():\n    fcntl.fcntl(0, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)\n    fcntl.fcntl(0, 10, 12)\n",
        witness="""
import fcntl, os
def f():
    return [fcntl.fcntl(0, fcntl.F_GETFL) & (os.O_NONBLOCK | os.O_APPEND), fcntl.fcntl(0, 11)]
""",
        witnessed=[0, 0],
    ),
    attack(
        "a lock on standard input is no mailbox",
        "import fcntl\ndef f():\n    fcntl.flock(0, fcntl.LOCK_EX)\n",
        also=refused,
    ),
    attack(
        "a lock on a library is no mailbox",
        "import fcntl, json\ndef f():\n    fcntl.flock(open(json.__file__), fcntl.LOCK_SH)\n",
        also=refused,
    ),
    attack(
        "nor is one on a part of it",
        "import fcntl, json\ndef f():\n    fcntl.lockf(open(json.__file__), fcntl.LOCK_SH, 1, 7)\n",
        also=refused,
    ),
    attack(
        "nor is a lease",
        "import fcntl, json\ndef f():\n    fcntl.fcntl(open(json.__file__), 1024, 0)\n",
        also=refused,
    ),
    attack("nobody can watch who reads a library", syscall(294, 26, "0"), also=refused),
    attack(
        "memory that an earlier candidate wrote cannot be read",
        "def f():\n    print('RED' + 'LETTER')\n    return 'BLUE' + 'LETTER' * 3\n",
        witness="""
import ctypes, os, re
def f():
    libc, byte = ctypes.CDLL(None), ctypes.create_string_buffer(1)
    libc.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p]
    libc.sbrk.restype = ctypes.c_void_p
    seen, letters, (end, start) = set(), 0, os.pipe()
    for near in (libc.sbrk(0) - 4096, id(f), id(object()), ctypes.addressof(byte)):
        for page in range((near & ~4095) - (16 << 20), (near & ~4095) + (16 << 20), 4096):
            if page in seen or libc.mincore(page, 4096, byte) != 0: continue
            seen.add(page)
            if libc.write(start, ctypes.c_void_p(page), 4096) == 4096:
                letters += len(re.findall(b"(?:RED|BLUE)[L]ETTER", os.read(end, 4096)))
    return [len(seen) > 500, letters]
""",
        witnessed=[True, 0],
    ),
    attack(
        "descriptors in flight are bounded and freed",
        """
import os, socket
def f():
    pairs = [socket.socketpair() for _ in range(8)]
    while True:
        for pair in pairs:
            end, start = os.pipe()
            socket.send_fds(pair[0], [b"x"], [end, start])
            os.close(end); os.close(start)
""",
        "returned",
        "timed_out",
        also=refused,
    ),
]
