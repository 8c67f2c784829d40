"""Other users, other namespaces, and the kernel's wide surfaces."""

from tests.sandbox.attacks.attack import attack, gives, refused, syscall

ATTACKS = [
    attack("no user id can be changed", "import os\ndef f():\n    os.setresuid(0, 0, 0)\n", also=refused),
    attack("no group id can be changed", "import os\ndef f():\n    os.setresgid(0, 0, 0)\n", also=refused),
    attack("no group can be joined", "import os\ndef f():\n    os.setgroups([0, 999])\n", also=refused),
    attack(
        "no capability is held, nor can be",
        """
def f():
    lines = dict(line.split(":", 1) for line in open("/proc/self/status")) if __import__("os").path.exists(
        "/proc/self/status") else {}
    return [lines.get(name, "0").strip().strip("0") for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")]
""",
        also=gives(["", "", "", ""]),
    ),
    attack(
        "no program can gain by being executed",
        "import ctypes\ndef f():\n    return ctypes.CDLL(None).prctl(39, 0, 0, 0, 0)\n",
        also=gives(1),
    ),
    attack("the filter cannot be taken off", syscall(157, 167, "22", "0", "0", "0", "0"), also=refused),
    attack("no namespace can be made", syscall(272, 97, "0x10000000"), also=refused),
    attack("nor by clone", syscall(56, 220, "0x10000011", "0", "0", "0", "0"), also=refused),
    attack("nor by its successor", syscall(435, 435, "0", "0"), also=refused),
    attack("no namespace can be joined", syscall(308, 268, "0", "0"), also=refused),
    attack(
        "nothing can be mounted", syscall(165, 40, "0", "b'/scratch'", "b'tmpfs'", "0", "0"), also=refused
    ),
    attack("nor the new way", syscall(430, 430, "b'tmpfs'", "0"), also=refused),
    attack("nothing can be unmounted", syscall(166, 39, "b'/scratch'", "2"), also=refused),
    attack("no root can be changed", syscall(161, 51, "b'/scratch'"), also=refused),
    attack("no file can be opened by its handle", syscall(304, 265, "-100", "b' ' * 64", "0"), also=refused),
    attack(
        "no program can be loaded into the kernel", syscall(321, 280, "0", "b' ' * 128", "128"), also=refused
    ),
    attack("no module can be loaded", syscall(313, 273, "0", "b''", "0"), also=refused),
    attack("no page fault can be handled", syscall(323, 282, "0"), also=refused),
    attack("no counter can be read", syscall(298, 241, "b' ' * 128", "0", "-1", "-1", "0"), also=refused),
    attack("no address layout can be switched off", syscall(135, 92, "0x40000"), also=refused),
    attack("no clock can be set", "import time\ndef f():\n    time.clock_settime(0, 0)\n", also=refused),
    attack("no name can be given to the machine", syscall(170, 161, "b'mark'", "4"), also=refused),
    attack(
        "no call by the old numbers gets through",
        syscall(0x40000000 | 41, 198, "2", "1", "0"),
        also=refused,
    ),
    attack(
        "nothing can be executed",
        "import os\ndef f():\n    os.execv('/python/bin/python3', ['python3'])\n",
        also=refused,
    ),
    attack(
        "nothing can be executed by its descriptor",
        syscall(322, 281, "os.open('/python/bin/python3', 0)", "b''", "0", "0", "0x1000"),
        also=refused,
    ),
    attack(
        "it cannot be spared when memory runs out",
        """
import ctypes
def f():
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
    open("/proc/self/oom_score_adj", "w").write("0")
    return "spared"
""",
        also=refused,
    ),
    attack(
        "no other limit can be set",
        syscall(302, 261, "os.getppid() or 999999", "7", "b' ' * 16", "0"),
        also=refused,
    ),
    attack("no clock can be bent", syscall(159, 171, "b' ' * 512"), also=refused),
]
