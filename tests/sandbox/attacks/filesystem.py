"""Files of the host, of the sandbox and of other candidates; files meant to outlive their call."""

from sandbox import Outcome
from tests.sandbox.attacks.attack import attack, gives, or_on_gvisor, refused


def _segfaults(outcome: Outcome) -> bool:
    """Whether the first jump into a file failed, which gVisor maps for execution whatever its mount says."""
    return outcome.status == "crashed" and "SIGSEGV" in str(outcome.error)


def _shows_no_more_than_gvisor_makes_up(outcome: Outcome) -> bool:
    own = ("/sys/devices/system/cpu/", "/sys/class/net/lo/")
    return outcome.first().ok and all(name.startswith(own) for name in outcome.first().value)


ATTACKS = [
    attack("no password can be read", "def f():\n    return open('/etc/shadow').read()\n", also=refused),
    attack(
        "nothing of the host is to be seen",
        """
import os
def f():
    names = ["/root", "/home", "/var", "/usr/bin", "/bin/sh", "/run/docker.sock", "/var/run/docker.sock", "/host",
             "/.dockerenv.secret", "/proc/kcore", "/dev/mem", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/fuse"]
    found = []
    for name in names:
        try:
            os.listdir(name) if os.path.isdir(name) else open(name, "rb").read(1)
            found.append(name)
        except OSError: pass
    return found
""",
        also=gives([]),
    ),
    attack(
        "no secret is in any environment",
        """
import glob, os
def f():
    words = set(os.environ)
    for name in glob.glob("/proc/*/environ"):
        try: words |= {word.split("=")[0] for word in open(name).read().split("\\0")}
        except OSError: pass
    return [word for word in sorted(words) if any(s in word.upper() for s in ("KEY", "TOKEN", "SECRET", "DOCKER"))]
""",
        also=gives([]),
    ),
    attack(
        "no file of the sandbox can be changed",
        """
import os
def f():
    import json, numpy
    changed = []
    for path in (json.__file__, numpy.__file__, "/guest/sandbox/guest.py", "/python/bin/python3", "/guest/sandbox/x"):
        for act in (lambda: open(path, "a").close(), lambda: os.chmod(path, 0o777), lambda: os.utime(path),
                    lambda: os.unlink(path), lambda: os.rename(path, path + "2")):
            try: act(); changed.append(path)
            except OSError: pass
    return changed
""",
        also=gives([]),
    ),
    attack(
        "no mark can be left for a later candidate",
        """
import os
def f():
    left = []
    for folder in ("/", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/dev", "/scratch", "/packages", "/door", "/run"):
        try: open(folder + "/mark", "w").close(); left.append(folder)
        except OSError: pass
    return [folder for folder in left if folder != os.getcwd()]
""",
        also=gives([]),
    ),
    or_on_gvisor(
        attack(
            "nothing of the host's hardware and of what else it runs is to be seen",
            """
import os
def f():
    seen = []
    for folder, _, names in os.walk("/sys"):
        if folder != "/sys/fs/cgroup" and not folder.startswith("/sys/fs/cgroup/memory"): # its own container's
            seen += [folder + "/" + name for name in names]
    return seen[:10]
""",
            also=gives([]),
        ),
        _shows_no_more_than_gvisor_makes_up,
    ),
    attack(
        "the scratch of others cannot be listed",
        """
import os
def f():
    here = os.getcwd()
    return [name for name in os.listdir("/scratch") if "/scratch/" + name != here]
""",
        also=lambda outcome: refused(outcome) or gives([])(outcome),
    ),
    attack(
        "a deep and locked tree of folders is removed",
        """
import os
def f():
    for depth in range(300):
        os.mkdir("d"); os.chdir("d")
    for _ in range(299):
        os.chdir(".."); os.chmod("d", 0)
    os.symlink("/packages", "link")
    os.chmod("/scratch", 0o777)
""",
    ),
    attack(
        "files of every odd kind and name are removed",
        """
import os, socket
def f():
    os.mkfifo("fifo")
    os.symlink("/python", "link"); os.symlink("loop", "loop")
    for name in (b"\\xff\\xfe", b"new\\nline", b"-rf", b"x" * 255, b" ", b".hidden"):
        os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0))
    os.mkdir("closed"); open("closed/file", "w").close(); os.chmod("closed", 0)
    os.link("-rf", "hard")
    os.chmod(".", 0)
""",
    ),
    attack(
        "the scratch cannot be exchanged for a link",
        """
import os
def f():
    here = os.getcwd()
    os.chdir("/")
    if here == "/scratch": raise OSError("[Errno 16] it is a mount point")
    os.rename(here, here + "x")
""",
        also=refused,
    ),
    attack(
        "nothing in scratch can be executed",
        """
import os, shutil
def f():
    shutil.copy("/python/bin/python3", "program"); os.chmod("program", 0o6755)
    os.execv("./program", ["program", "-c", "print(1)"])
""",
        also=refused,
    ),
    or_on_gvisor(
        attack(
            "no library in scratch can be loaded",
            """
import ctypes, glob, shutil
def f():
    shutil.copy(sorted(glob.glob("/libraries/*.so*"))[0], "library.so")
    ctypes.CDLL("./library.so")
""",
            also=lambda outcome: "OSError: ./library.so: failed to map" in str(outcome.results[0].error),
        ),
        _segfaults,
    ),
    or_on_gvisor(
        attack(
            "no machine code in scratch can be run",
            """
import ctypes, mmap, platform
def f():
    code = {"x86_64": "b82a000000c3", "aarch64": "40058052c0035fd6"}[platform.machine()]
    with open("code", "wb") as file: file.write(bytes.fromhex(code).ljust(4096))
    with open("code", "r+b") as file:
        page = mmap.mmap(file.fileno(), 4096, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
""",
            also=refused,
        ),
        _segfaults,
    ),
    attack(
        "no device can be made",
        "import os, stat\ndef f():\n    os.mknod('memory', 0o666 | stat.S_IFCHR, os.makedev(1, 1))\n",
        also=refused,
    ),
    attack(
        "no knob of the kernel can be turned",
        """
import os
def f():
    turned = []
    for path in ("/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/overcommit_memory",
                 "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/cgroup.procs", "/proc/1/oom_score_adj"):
        try: os.close(os.open(path, os.O_WRONLY)); turned.append(path)
        except OSError: pass
    return turned
""",
        also=gives([]),
    ),
    attack(
        "only its own descriptors are open",
        """
import os
def f():
    open_ones = []
    for number in range(1024):
        try: os.fstat(number); open_ones.append(number)
        except OSError: pass
    return open_ones
""",
        also=gives([0, 1, 2, 3, 4]),
    ),
    attack(
        "nothing of the host's kernel, mounts and processes is to be seen",
        """
def f():
    seen = []
    for name in ("cmdline", "version", "mounts", "self/mountinfo", "self/cgroup", "1/mountinfo", "1/environ", "1/cmdline",
                 "partitions", "loadavg", "meminfo", "kallsyms", "keys", "locks", "sys/kernel/random/boot_id", "1/limits"):
        try: seen += [name] if open("/proc/" + name).read(1) else []
        except OSError: pass
    return seen
""",
        also=gives([]),
    ),
    attack(
        "a tree deeper than any path is removed without a trace",
        "import os\ndef f():\n    for _ in range(1500): os.mkdir('d' * 200); os.chdir('d' * 200)\n    os.chmod('.', 0)\n",
    ),
    attack(
        "folders locked within locked folders are removed",
        """
import os
def f():
    for n in range(50):
        os.makedirs(f"{n}/inner/most"); open(f"{n}/inner/file", "w").close()
        for name in (f"{n}/inner/most", f"{n}/inner", f"{n}"): os.chmod(name, 0)
    os.chmod(".", 0)
""",
    ),
    attack(
        "links to what belongs to others are removed, not followed",
        """
import os
def f():
    for n, target in enumerate(("/", "/scratch", "/python/lib", "/proc/1/fd/0", "..", ".")):
        os.symlink(target, f"link{n}")
        os.mkdir(f"folder{n}"); os.symlink(target, f"folder{n}/link")
""",
    ),
]
