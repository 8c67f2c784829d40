"""The zygote: PID 1 of a sandbox, with numpy loaded, that forks one confined process per candidate.

The trusted side writes frames to its standard input and reads replies from its standard output:

    open   {limits} + source        forks a candidate; no reply
    call   {wall, cpu, final} + request  one reply: how it ended, the record, what was printed, what was used
    close  {}                       kills and reaps; one reply

It ends when its owner does: it watches standard input in the middle of a call, too. Runs inside the sandbox.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import importlib
import json
import math
import os
import select
import signal
import socket
import sys
import time
from typing import Any

from sandbox import seccomp, system, wire
from sandbox.candidate import RECORD_SLACK, Candidate, Usage, fork
from sandbox.census import PAUSE, Inheritance, count_out_of_memory_kills, own_bytes
from sandbox.confinement import SCRATCH, Bounds, Cell, Mode, mount_scratch
from sandbox.relay import OwnerGone, Relay

_PRELOADED = (
    "bisect", "collections", "dataclasses", "datetime", "decimal", "fractions", "functools", "heapq",
    "itertools", "json", "math", "operator", "random", "re", "statistics", "string", "typing",
)  # fmt: skip


class Channel:
    """Frames from and to the owner."""

    def __init__(self, inward: int, outward: int) -> None:
        self.inward = inward
        self._outward = outward
        self._poller = select.poll()
        self._poller.register(inward, select.POLLIN)

    def is_silent(self, seconds: float) -> bool:
        """Returns whether nothing comes for so long, neither a frame nor its end."""
        return not self._poller.poll(seconds * 1000)

    def read(self) -> tuple[dict[str, Any], memoryview]:
        """Returns the next frame; raises OwnerGone at end of file."""
        try:
            header, body = wire.read_frame(self.inward)
        except EOFError:
            raise OwnerGone from None
        return json.loads(bytes(header)), body

    def write(self, header: dict[str, Any], *parts: memoryview) -> None:
        """Writes one frame, of parts that are not copied on the way."""
        encoded = json.dumps(header).encode()
        lengths = wire.LENGTHS.pack(len(encoded), sum(map(len, parts)))
        left = [memoryview(lengths + encoded), *parts]
        while left:
            count = os.writev(self._outward, left)
            while left and count >= len(left[0]):
                count -= len(left.pop(0))
            if left:
                left[0] = left[0][count:]


class Supervisor:
    """Owns at most one candidate at a time."""

    def __init__(self, channel: Channel, mode: Mode, first_uid: int) -> None:
        self._channel = channel
        self._mode = mode
        self._next_uid = first_uid
        self._filter = seccomp.build_filter()
        self._inherited = Inheritance(own_bytes("self"), count_out_of_memory_kills())
        self._candidate: Candidate | None = None
        self._output_bytes = 0
        self._cpu = math.inf

    def serve(self) -> None:
        """Answers frames until the owner is gone."""
        operations = {"open": self._open, "call": self._call, "close": self._close}
        while True:
            self._watch_over_waiting()
            header, body = self._channel.read()
            operations[header["operation"]](header, body)
            body[:] = bytes(len(body))  # the next candidate is a fork, and may read freed memory

    def _watch_over_waiting(self) -> None:
        """Kills a session's processes where they use too much between requests; the next one will be told."""
        while self._candidate is not None and self._channel.is_silent(PAUSE):
            if self._candidate.excess(self._cpu):
                self._candidate.kill()

    def _open(self, header: dict[str, Any], body: memoryview) -> None:
        if self._candidate is not None:
            raise RuntimeError("open: the previous candidate was not closed")
        bounds: Bounds = header["limits"]
        self._output_bytes = bounds["output"]
        self._candidate = fork(self._new_cell(), bounds, body, self._inherited)

    def _new_cell(self) -> Cell:
        if self._mode == "namespace":
            return Cell(None, SCRATCH, self._filter)
        uid = self._next_uid
        self._next_uid += 1
        return Cell(uid, f"{SCRATCH}/{uid}", self._filter)

    def _call(self, header: dict[str, Any], body: memoryview) -> None:
        candidate = self._current()
        started = time.monotonic()
        limit = self._output_bytes + RECORD_SLACK
        self._cpu = header["cpu"]
        end = Relay(candidate, self._channel.inward, body, limit).run(started + header["wall"], self._cpu)
        wall = time.monotonic() - started
        candidate.drain_output()
        final = header["final"] or end != "record"
        usage = self._end() if final else candidate.measure()
        ending = {"id": header["id"], "end": end, "wall": wall, "alive": not final}
        self._reply(ending, usage, candidate)
        candidate.forget()

    def _close(self, header: dict[str, Any], _: memoryview) -> None:
        candidate = self._current()
        usage = self._end()
        ending = {"id": header["id"], "end": "closed", "wall": 0.0, "alive": False}
        self._reply(ending, usage, candidate)
        candidate.forget()

    def _current(self) -> Candidate:
        if self._candidate is None:
            raise RuntimeError("call: no candidate is open")
        return self._candidate

    def _end(self) -> Usage:
        usage = self._current().end()
        self._candidate = None
        return usage

    def _reply(self, ending: dict[str, Any], usage: Usage, candidate: Candidate) -> None:
        record = candidate.inbox.held if ending["end"] == "record" else memoryview(b"")
        # Asked whenever a candidate has ended, however it did: the next shall not be blamed for it.
        any_killed = not ending["alive"] and self._was_killed_for_memory()
        out_of_memory = usage.exit == -signal.SIGKILL and any_killed
        header = {
            **ending,
            **dataclasses.asdict(usage),
            "out_of_memory": out_of_memory,
            "record": len(record),
        }
        self._channel.write(header, record, candidate.printed.held)

    def _was_killed_for_memory(self) -> bool:
        before, kills = self._inherited.kills, count_out_of_memory_kills()
        self._inherited = dataclasses.replace(self._inherited, kills=kills)
        return kills > before


def main(arguments: list[str]) -> None:
    """Serves until the owner is gone; `arguments` is one JSON object, from `Layout.command`."""
    settings = json.loads(arguments[0])
    system.prctl(system.PR_SET_DUMPABLE, 0)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # an owner may ignore it, and how children end is inherited
    if settings["scratch_bytes"]:
        mount_scratch(settings["scratch_bytes"], "0711")
    if settings["mode"] == "uid":
        # The inheritable ones, too: a candidate's change of user would leave it those.
        system.drop_capabilities(system.CAPABILITIES_TO_SUPERVISE)
    for name in (*_PRELOADED, *settings["packages"]):
        importlib.import_module(name)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    gc.collect()
    gc.freeze()  # what the fork shares must not be touched by a collector
    uid = _first_mapped(settings["first_uid"])
    if settings["mode"] == "uid":
        _close_processes()
    try:
        Supervisor(_meet_owner(settings["door"]), settings["mode"], uid).serve()
    except (OwnerGone, BrokenPipeError):
        os._exit(0)


def _meet_owner(door: str) -> Channel:
    """Returns the connection to the owner, and tells it by standard output which one that is."""
    channel = Channel(0, 1)
    through_door = None
    if door:
        with contextlib.suppress(OSError):
            through_door = _connect(door)
    channel.write({"hello": sys.version, "door": through_door is not None})
    return channel if through_door is None else Channel(through_door, through_door)


def _connect(door: str) -> int:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(door)
    except OSError:
        connection.close()
        raise
    return connection.detach()


def _close_processes() -> None:
    """Shuts /proc to candidates, which are not root: it tells of the host's kernel, mounts and devices."""
    with contextlib.suppress(OSError):  # gVisor, whose /proc tells of gVisor only
        os.chmod("/proc", 0o700)


def _first_mapped(uid: int) -> int:
    """Returns `uid`, or one that exists here when user ids are remapped (rootless engines map 65,536)."""
    with open("/proc/self/uid_map") as file:
        ranges = [(int(start), int(count)) for start, _, count in map(str.split, file)]
    if any(start <= uid < start + count for start, count in ranges):
        return uid
    return 2000 + uid % 50000
