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
]
