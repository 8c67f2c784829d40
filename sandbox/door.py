"""A unix socket in a folder that a container mounts: ten times faster than the engine's attached streams.

The folder lies in one that only this user may enter; the container sees the inner folder alone. Once the
supervisor has connected, socket and folder are unlinked, and no candidate ever sees a descriptor of it.
Where the engine is not on this machine, or its policy forbids the mount, the attached streams serve instead.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from pathlib import Path

INSIDE = "/door"
_NAME = "supervisor"


class Door:
    """A listening socket that one supervisor may connect to."""

    def __init__(self) -> None:
        self._closed_folder = Path(tempfile.mkdtemp(prefix="funsearch-"))
        self.folder = self._closed_folder / "door"
        self.folder.mkdir(mode=0o711)
        self.folder.chmod(0o711)  # whatever the umask: the container's root is not this folder's owner
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self.folder / _NAME))
        os.chmod(self.folder / _NAME, 0o666)
        self._listener.listen(1)

    @property
    def path_inside(self) -> str:
        """Where the supervisor finds the socket."""
        return f"{INSIDE}/{_NAME}"

    def accept(self, seconds: float) -> socket.socket:
        """Returns the connection of a supervisor that says it has connected; raises OSError."""
        self._listener.settimeout(seconds)
        connection, _ = self._listener.accept()
        return connection

    def close(self) -> None:
        """Removes the socket and its folders; an accepted connection lives on."""
        self._listener.close()
        with contextlib.suppress(OSError):
            shutil.rmtree(self._closed_folder)
