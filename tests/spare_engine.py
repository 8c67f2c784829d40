"""A second engine on this machine, with its own folders and socket: the one that tests may stop."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

SECONDS_TO_START = 60.0
SECONDS_TO_END = 60.0


class SpareEngine:
    """An engine of the tests' own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = f"unix://{folder}/docker.sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it where it does not run, and lets it go on where it was frozen."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            return
        places = [f"--{name}={self._folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
        command = ["dockerd", "--iptables=false", "--bridge=none", "-H", self.address, *places]
        for left_behind in ("pidfile", "exec-root/containerd/containerd.pid"):  # by one that was killed
            (self._folder / left_behind).unlink(missing_ok=True)
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + SECONDS_TO_START
        while self._ask("version").returncode != 0:
            assert time.monotonic() < deadline, (self._folder / "log").read_text()[-2000:]

    def stop(self) -> None:
        """Ends it as a service manager would, its containers first."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it at once; its containers live on until their owners let go of them."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Makes it hang: it takes connections and answers none."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def supervisors(self) -> list[int]:
        """Returns the process ids of its containers' first processes."""
        names = self._ask("ps", "--quiet").stdout.split()
        return [int(pid) for pid in self._ask("inspect", "--format={{.State.Pid}}", *names).stdout.split()]

    def _ask(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["docker", "-H", self.address, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_TO_END, check=False)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(SECONDS_TO_END)
            self._process = None


@contextmanager
def running_spare_engine() -> Iterator[SpareEngine]:
    """Starts a spare engine for the block; skips where none can be."""
    if os.getuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("needs root and dockerd, to start another engine")
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    engine = SpareEngine(folder)
    try:
        engine.start()
        yield engine
    finally:
        engine.start()  # one that was killed tidies up what it had left
        engine.stop()
        _unmount(folder / "data-root")
        with suppress(OSError):
            shutil.rmtree(folder)


def _unmount(folder: Path) -> None:
    """Takes away what killed engines had mounted, each its own layer."""
    command = ["umount", "--recursive", "--lazy", str(folder)]
    while subprocess.run(command, capture_output=True, check=False).returncode == 0:
        continue  # it fails where nothing is mounted any more
