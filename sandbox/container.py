"""The door to docker: engine, image, and one hardened container per supervisor.

A container dies with its owner: it reads standard input once (`StdinOnce`), is attached before it is started,
removes itself, and its PID 1 ends at end of file. One whose owner died between creating and starting it is
swept away by the next sandbox that opens.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import docker

from sandbox import door
from sandbox.confinement import SCRATCH
from sandbox.image import REPOSITORY, image_tag, write_image
from sandbox.interface import SandboxUnavailable
from sandbox.layout import Layout
from sandbox.owner import is_dead, own_mark
from sandbox.stream import CHUNK, SocketStream, hang_up, seconds_left
from sandbox.zygote import Zygote, ZygoteLost

IMAGE_VARIABLE = (
    "FUNSEARCH_SANDBOX_IMAGE"  # an image made by sandbox/Dockerfile, in place of the one built here
)
OWNER_LABEL = "funsearch.sandbox.owner"
MEMORY_BYTES = 640 << 20  # a little more than a candidate may map, so that it meets its own limit first
_MEMORY_OF_GVISOR = 640 << 20  # beside the candidate's: a kernel that the engine's would kill as a whole
_SECONDS_TO_START = 60.0
_SECONDS_FOR_ENGINE = 120.0  # to import an image, on a busy machine
_SECONDS_FOR_RUNTIME = 30.0  # `runsc --platform=kvm` hangs for ever where the processor lacks what it needs
_RUNTIME_SET_UP = (
    'name it under "runtimes" in /etc/docker/daemon.json with "runtimeArgs": '
    '["--platform=ptrace", "--network=none"]'
)
_SECONDS_TO_ANSWER = 10.0
_SECONDS_FOR_LAST_WORDS = 0.5
_SECONDS_TO_KEEP_IMAGES = 7 * 86400
_FAILURES = (docker.errors.DockerException, OSError)  # what `requests` raises is an OSError
_SCRATCH_OPTIONS = "noexec,nosuid,nodev,size=32m,nr_inodes=2000,mode=0711"
# gVisor's own tmpfs counts no inodes and lets everything be executed. This one is mounted by the engine, so
# that the kernel outside gVisor keeps both bounds; it is removed along with its container.
_SCRATCH_OF_THE_ENGINE = {
    "Type": "volume",
    "Target": SCRATCH,
    "VolumeOptions": {
        "NoCopy": True,
        "DriverConfig": {
            "Name": "local",
            "Options": {"type": "tmpfs", "device": "tmpfs", "o": _SCRATCH_OPTIONS},
        },
    },
}
# What tells of the machine and of what else it runs. The supervisor reads the memory's control group, and
# nothing else there. The first lines are docker's own, which a list of ours replaces.
_HIDDEN = [
    *(f"/proc/{name}" for name in (
        "acpi", "asound", "interrupts", "kcore", "keys", "latency_stats", "sched_debug", "scsi", "timer_list",
        "timer_stats",
    )),
    *(f"/sys/{name}" for name in (
        "block", "bus", "class", "dev", "devices", "firmware", "hypervisor", "kernel", "module", "power",
    )),
    *(f"/sys/fs/{name}" for name in (
        "bcache", "bpf", "btrfs", "erofs", "ext4", "f2fs", "fuse", "nfs", "pstore", "selinux", "smackfs",
        "tmpfs", "xfs", "zfs",
    )),
    *(f"/sys/fs/cgroup/{name}" for name in (
        "blkio", "cpu", "cpu,cpuacct", "cpuacct", "cpuset", "devices", "freezer", "hugetlb", "misc",
        "net_cls", "net_cls,net_prio", "net_prio", "perf_event", "pids", "rdma", "systemd", "unified",
    )),
]  # fmt: skip
_STREAM_HEADER = struct.Struct(">BxxxL")
_STDOUT = 1


class Engine:
    """A Docker engine that answers; `runtime` is None for its default (runc) or "runsc" (gVisor)."""

    def __init__(self, layout: Layout, runtime: str | None = None) -> None:
        self._layout = layout
        self._runtime = runtime
        self._image = os.environ.get(IMAGE_VARIABLE) or image_tag(layout)
        try:
            self._client = _connect(_SECONDS_FOR_ENGINE if runtime is None else _SECONDS_FOR_RUNTIME)
        except _FAILURES as error:
            raise SandboxUnavailable(
                f"docker: no engine answers ({error}); start one, or run `make docker`"
            ) from error

    def prepare(self) -> None:
        """Removes orphans and builds the image where it is missing; raises SandboxUnavailable."""
        try:
            self._require_runtime()
            self.sweep()
            if self._image == image_tag(self._layout):
                with _one_builder():
                    self._ensure_image()
            elif not self._client.images(name=self._image):
                raise OSError(
                    f"{IMAGE_VARIABLE} names {self._image}, which the engine has not: docker pull it"
                )
        except _FAILURES as error:
            raise SandboxUnavailable(f"docker: the image could not be built ({error})") from error

    def start(self) -> Zygote:
        """Returns the supervisor of a new container; raises SandboxUnavailable."""
        identity, attached = None, None
        opened = door.Door() if self._is_local() else None
        try:
            _require_answer()
            created = self._client.create_container_from_config(self._configuration(opened))
            identity = created["Id"]
            attached = self._attach(identity)
            self._client.start(identity)
            return self._meet(identity, attached, opened)
        except (*_FAILURES, ZygoteLost) as error:
            if attached is not None:
                attached.close()
            if identity is not None:
                self._remove(identity)
            raise SandboxUnavailable(
                f"docker: the container did not start ({error}){self._hint()}"
            ) from error
        finally:
            if opened is not None:
                opened.close()

    def _meet(self, identity: str, attached: ContainerStream, opened: door.Door | None) -> Zygote:
        """Returns the supervisor once it has said hello, over the faster of its connections."""
        end = partial(self._remove, identity)
        zygote = Zygote(attached, end)
        came_by_door = zygote.greet(_SECONDS_TO_START)
        if opened is None or not came_by_door:
            return zygote
        connection = opened.accept(_SECONDS_TO_START)
        return Zygote(SocketStream(connection, attached.last_words, attached.close), end)

    def sweep(self) -> list[str]:
        """Removes every container whose owner is known to be dead; returns their ids."""
        found = self._client.containers(all=True, filters={"label": OWNER_LABEL})
        orphans = [str(item["Id"]) for item in found if is_dead(item["Labels"][OWNER_LABEL])]
        for identity in orphans:
            self._remove(identity)
        return orphans

    def close(self) -> None:
        """Closes the connections to the engine."""
        self._client.close()

    def _require_runtime(self) -> None:
        known = self._client.info().get("Runtimes", {}) if self._runtime else {}
        if self._runtime and self._runtime not in known:
            raise SandboxUnavailable(
                f"docker: expected the runtime {self._runtime!r}, found {sorted(known)}; install it and "
                f"{_RUNTIME_SET_UP}"
            )

    def _hint(self) -> str:
        """Returns what to look at when a container does not start: whatever is not our own doing."""
        hint = ""
        if self._image != image_tag(self._layout):
            hint += (
                f"; {IMAGE_VARIABLE} names {self._image}: is it of this version? docker build -f "
                f'sandbox/Dockerfile --build-arg PACKAGES="{" ".join(self._layout.asked)}" -t {self._image} .'
            )
        if self._runtime:
            hint += f"; does the runtime {self._runtime!r} work here? {_RUNTIME_SET_UP}"
        return hint

    def _ensure_image(self) -> None:
        tag = image_tag(self._layout)
        if self._client.images(name=tag):
            return
        with tempfile.NamedTemporaryFile(suffix=".tar") as file:
            write_image(self._layout, file)  # type: ignore[arg-type]
            file.flush()
            self._client.import_image_from_file(file.name, REPOSITORY, self._layout.fingerprint)
        if not self._client.images(name=tag):
            raise OSError(f"the engine imported {tag} without keeping it")
        self._forget_old_images()

    def _forget_old_images(self) -> None:
        """Removes images of earlier versions that nobody has needed for a while."""
        for image in self._client.images(name=REPOSITORY):
            if time.time() - image["Created"] > _SECONDS_TO_KEEP_IMAGES:
                with contextlib.suppress(*_FAILURES):  # in use
                    self._client.remove_image(image["Id"])

    def _configuration(self, opened: door.Door | None) -> dict[str, Any]:
        return {
            "Image": self._image,
            "Entrypoint": self._layout.command("uid", door=opened.path_inside if opened else ""),
            "Env": [f"{name}={value}" for name, value in self._layout.environment.items()],
            "Labels": {OWNER_LABEL: own_mark()},
            "Hostname": "sandbox",
            "User": "0:0",
            "WorkingDir": "/",
            "OpenStdin": True,
            "StdinOnce": True,
            "AttachStdin": True,
            "AttachStdout": True,
            "AttachStderr": True,
            "Tty": False,
            "NetworkDisabled": True,
            "HostConfig": self._host_configuration([f"{opened.folder}:{door.INSIDE}:ro"] if opened else []),
        }

    def _host_configuration(self, binds: list[str]) -> dict[str, Any]:
        memory = MEMORY_BYTES if self._runtime is None else MEMORY_BYTES + _MEMORY_OF_GVISOR
        configuration: dict[str, Any] = {
            "AutoRemove": True,
            "Binds": binds,
            "NetworkMode": "none",
            "IpcMode": "none",
            "ReadonlyRootfs": True,
            "CapDrop": ["ALL"],
            "CapAdd": ["SETUID", "SETGID", "CHOWN"],
            "SecurityOpt": ["no-new-privileges"],
            "MaskedPaths": _HIDDEN,
            "Memory": memory,
            "MemorySwap": memory,
            "NanoCpus": 1_000_000_000,
            "PidsLimit": 64 if self._runtime is None else 1024,  # gVisor's own threads count
            "LogConfig": {"Type": "none"},
        }
        if self._runtime is None:
            # Not /tmp: docker makes that one world-writable whatever mode is asked for.
            return {**configuration, "Tmpfs": {SCRATCH: f"rw,{_SCRATCH_OPTIONS}"}}
        return {**configuration, "Runtime": self._runtime, "Mounts": [_SCRATCH_OF_THE_ENGINE]}

    def _is_local(self) -> bool:
        """Returns whether the engine is reached by a unix socket, so that it may share this file system."""
        return str(self._client.base_url).startswith("http+docker://localhost")

    def _attach(self, identity: str) -> ContainerStream:
        wanted = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1, "logs": 0}
        return ContainerStream(self._client.attach_socket(identity, params=wanted))

    def _remove(self, identity: str) -> None:
        with contextlib.suppress(*_FAILURES):  # gone already, or going
            _require_answer()
            self._client.remove_container(identity, force=True, v=True)


class ContainerStream:
    """The attached standard streams of a container: raw bytes in, multiplexed bytes out."""

    def __init__(self, attached: Any) -> None:  # noqa: ANN401 - whatever docker-py got from its connection
        self._attached = attached
        self._socket: socket.socket = getattr(attached, "_sock", attached)
        self._raw = bytearray()
        self._stdout = bytearray()
        self._stderr = bytearray()

    def send(self, data: bytes, deadline: float) -> None:
        """Writes all of `data`."""
        self._socket.settimeout(seconds_left(deadline))
        self._socket.sendall(data)

    def receive(self, size: int, deadline: float) -> bytes:
        """Returns exactly `size` bytes of standard output."""
        while len(self._stdout) < size:
            self._read(deadline)
        data = bytes(self._stdout[:size])
        del self._stdout[:size]
        return data

    def close(self) -> None:
        """Closes the connection, which is end of file to the container."""
        hang_up(self._socket)
        response = getattr(self._attached, "_response", None)
        if response is not None:
            response.close()
        self._attached.close()

    def last_words(self) -> str:
        """Returns the end of standard error, of a container that is ending or has ended."""
        deadline = time.monotonic() + _SECONDS_FOR_LAST_WORDS
        with contextlib.suppress(OSError, EOFError):
            while True:
                self._read(deadline)
        return self._stderr[-4096:].decode("utf-8", "replace")

    def _read(self, deadline: float) -> None:
        self._socket.settimeout(seconds_left(deadline))
        chunk = self._socket.recv(CHUNK)
        if not chunk:
            raise EOFError("the container ended")
        self._raw += chunk
        self._sort()

    def _sort(self) -> None:
        """Moves every whole piece of the multiplexed stream to the stream that it belongs to."""
        while len(self._raw) >= _STREAM_HEADER.size:
            kind, length = _STREAM_HEADER.unpack_from(self._raw)
            end = _STREAM_HEADER.size + length
            if len(self._raw) < end:
                return
            target = self._stdout if kind == _STDOUT else self._stderr
            target += self._raw[_STREAM_HEADER.size : end]
            del self._raw[:end]


def _connect(seconds: float) -> Any:  # noqa: ANN401 - docker ships no types
    """Returns a client, patient for so long, of the engine that DOCKER_HOST names, else of the local one."""
    _require_answer()
    return docker.APIClient(version="auto", timeout=seconds, **docker.utils.kwargs_from_env())


def _require_answer() -> None:
    """Raises OSError where a local engine does not answer: docker-py would leak a socket to find out.

    An engine that hangs is told within seconds; a request of docker-py would wait for minutes.
    """
    default = docker.constants.DEFAULT_UNIX_SOCKET.replace("http+unix", "unix")
    address = docker.utils.kwargs_from_env().get("base_url", default)
    path = address.removeprefix("unix://")
    if path == address:
        return
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(_SECONDS_TO_ANSWER)
            probe.connect(path)
            probe.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            probe.recv(1)
    except TimeoutError as error:
        raise OSError(f"{address} has not answered for {_SECONDS_TO_ANSWER:.0f} s: it hangs") from error
    except OSError as error:
        raise OSError(f"{address}: {error.strerror}") from error


@contextlib.contextmanager
def _one_builder() -> Iterator[None]:
    """Lets one process of this user at a time look for the image and build it."""
    path = Path(tempfile.gettempdir(), f"funsearch-sandbox-{os.getuid()}.lock")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
