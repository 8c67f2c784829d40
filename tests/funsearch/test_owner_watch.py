"""The watch: what a killed owner started is gone soon after, and nothing else is touched."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PATIENCE_SECONDS = 20.0

OWNER = """
import subprocess, sys, time
from funsearch.owner_watch import start_watch
command = [sys.executable, "-c", "import time; time.sleep(300)"]
other = subprocess.Popen(command, start_new_session=True)
child = subprocess.Popen(command, start_new_session=True)
watch = start_watch(spared=[other.pid])
print(child.pid, watch.pid, other.pid, flush=True)
time.sleep(300)
"""


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone_within_patience(pid):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        os.sched_yield()
    return True


def started_owner():
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    child, watch, other = map(int, owner.stdout.readline().split())
    return owner, child, watch, other


def test_a_killed_owner_leaves_neither_its_children_nor_the_watch_and_what_is_spared_lives_on():
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    owner, child, watch, other = started_owner()
    try:
        assert is_alive(child)
        owner.send_signal(signal.SIGKILL)
        owner.wait(PATIENCE_SECONDS)
        assert gone_within_patience(child)
        assert gone_within_patience(watch)
        assert is_alive(bystander.pid)
        assert is_alive(other)
    finally:
        os.kill(other, signal.SIGKILL)
        owner.stdout.close()
        for process in (owner, bystander):
            process.kill()
            process.wait(PATIENCE_SECONDS)


LATE_OWNER = """
import subprocess, sys, time
from funsearch.owner_watch import start_watch
sleep = [sys.executable, "-c", "import time; time.sleep(300)"]
starts_later = f"import subprocess; input(); print(subprocess.Popen({sleep!r}, start_new_session=True).pid, flush=True); import time; time.sleep(300)"
child = subprocess.Popen(
    [sys.executable, "-c", starts_later], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
)
watch = start_watch()
child.stdin.write(b"go\\n")
child.stdin.flush()
print(int(child.stdout.readline()), flush=True)
time.sleep(300)
"""


def test_what_a_child_has_started_after_the_watch_began_is_gone_too():
    owner = subprocess.Popen([sys.executable, "-c", LATE_OWNER], stdout=subprocess.PIPE, text=True)
    grandchild = int(owner.stdout.readline())
    try:
        assert is_alive(grandchild)
        owner.send_signal(signal.SIGKILL)
        owner.wait(PATIENCE_SECONDS)
        assert gone_within_patience(grandchild)
    finally:
        owner.stdout.close()
        owner.kill()
        owner.wait(PATIENCE_SECONDS)
        if is_alive(grandchild):
            os.kill(grandchild, signal.SIGKILL)
