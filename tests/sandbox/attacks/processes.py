"""Processes that outlive their call, signals to others, looks into others' memory."""

from tests.sandbox.attacks.attack import attack, failed, gives, refused, syscall

ATTACKS = [
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
    ),
    attack(
        "a daemon that forks on for ever does not outlive its call",
        """
import os
def f():
    if os.fork() == 0:
        os.setsid()
        while True:
            try:
                if os.fork() != 0: os._exit(0)
            except OSError: pass
    return 1
""",
    ),
    attack(
        "a child that squats on every pipe does not stall the supervisor",
        "import os, time\ndef f():\n    if os.fork() == 0: time.sleep(600)\n    os._exit(0)\n",
        "crashed",
        also=lambda outcome: "exited with code 0" in str(outcome.error),
    ),
    attack(
        "a child made the supervisor's own is ended like any other",
        """
import ctypes, os, platform, time
def f():
    libc = ctypes.CDLL(None)
    parent = os.getpid()
    libc.syscall(56 if platform.machine() == "x86_64" else 220, 0x8000 | 17, 0, 0, 0, 0)
    if os.getpid() != parent: time.sleep(600)
    return 1
""",
        also=gives(1),
    ),
    attack(
        "a subreaper keeps no orphan",
        """
import ctypes, os, time
def f():
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    if os.fork() == 0:
        if os.fork() == 0: time.sleep(600)
        os._exit(0)
    return 1
""",
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
        "the supervisor cannot be stopped",
        """
import os, signal
def f():
    if os.getpid() == 1: raise OSError("[Errno 3] there is nobody but itself")
    os.kill(1, signal.SIGSTOP)
""",
        also=refused,
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
        "the supervisor's memory cannot be read",
        """
import os
def f():
    if os.getpid() == 1: raise OSError("[Errno 3] there is nobody but itself")
    return open("/proc/1/mem", "rb").read(1)
""",
        also=refused,
    ),
    attack(
        "the supervisor's descriptors cannot be opened",
        """
import os
def f():
    if os.getpid() == 1: raise OSError("[Errno 3] there is nobody but itself")
    return os.listdir("/proc/1/fd") and open("/proc/1/fd/0").read(1)
""",
        also=refused,
    ),
    attack("no process can be traced", syscall(101, 117, "16", "os.getppid()", "0", "0"), also=refused),
    attack("no memory of others can be read", syscall(310, 270, "1", "0", "0", "0", "0", "0"), also=refused),
    attack(
        "no memory of others can be written", syscall(311, 271, "1", "0", "0", "0", "0", "0"), also=refused
    ),
    attack("no descriptor of others can be taken", syscall(438, 438, "0", "0", "0"), also=refused),
    attack(
        "no process can be made urgent",
        "import os\ndef f():\n    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))\n",
        also=refused,
    ),
    attack("nor less nice", "import os\ndef f():\n    os.nice(-5)\n", also=refused),
    attack(
        "limits cannot be raised",
        "import resource\ndef f():\n    resource.setrlimit(resource.RLIMIT_NPROC, (1000, 1000))\n",
        also=failed,
    ),
    attack(
        "no memory killer can be sent to others",
        "def f():\n    open('/proc/self/oom_score_adj', 'w').write('-1000')\n    return 'spared'\n",
        also=refused,
    ),
    attack(
        "a process that stopped in a session of its own is ended",
        """
import os, signal, time
def f():
    for _ in range(5):
        if os.fork() == 0:
            os.setsid(); os.kill(os.getpid(), signal.SIGSTOP); time.sleep(600)
    return 1
""",
        also=gives(1),
    ),
    attack(
        "a parent that waits for its child's first step is out of time",
        """
import ctypes, platform
def f():
    libc = ctypes.CDLL(None)
    number = 56 if platform.machine() == "x86_64" else 220
    if libc.syscall(number, 0x4000 | 0x100 | 17, 0, 0, 0, 0) == 0: libc.pause()
""",
        "timed_out",
    ),
    attack(
        "an answer does not save what burns on",
        """
import os
def f():
    for _ in range(5):
        if os.fork() == 0:
            while True: pass
    return 1
""",
        also=gives(1),
    ),
    attack(
        "no signal of any number reaches another",
        """
import os
def f():
    reached = []
    for pid in range(1, os.getpid()):
        for number in range(1, 65):
            try: os.kill(pid, number); reached.append(pid)
            except OSError: pass
    return reached
""",
        also=gives([]),
    ),
    attack(
        "a million timers are bounded and freed",
        """
import ctypes
def f():
    libc, made, timer, event = ctypes.CDLL(None), 0, ctypes.c_void_p(), (ctypes.c_int * 16)()
    event[3] = 1
    while made < 1_000_000 and libc.timer_create(1, event, ctypes.byref(timer)) == 0: made += 1
    return made < 1_000_000
""",
        "returned",
        "timed_out",
        also=gives(True),
    ),
]
