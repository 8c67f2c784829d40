"""Memory for what must not outlive its candidate. Runs inside the sandbox, in the supervisor.

A candidate is a fork of the supervisor and can read all of its memory, freed blocks included. What an earlier
candidate answered or printed therefore lies in pages of its own, which go back to the kernel, and never in
objects whose memory the allocator hands on as it is.
"""

from __future__ import annotations

import mmap
import os

_MAP_NORESERVE = 0x4000  # named by `mmap` from Python 3.13 on; pages that nobody writes cost nothing


class Sheet:
    """Room for `capacity` bytes, filled from descriptors."""

    def __init__(self, capacity: int) -> None:
        self._pages = mmap.mmap(-1, capacity, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE)
        self._start = self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def held(self) -> memoryview:
        """What was read and not taken; valid until the next change."""
        return memoryview(self._pages)[self._start : self._end]

    def fill(self, descriptor: int) -> int:
        """Reads into the free room; returns how many bytes, 0 at end of file; raises BlockingIOError."""
        count = os.readv(descriptor, [memoryview(self._pages)[self._end :]])
        self._end += count
        return count

    def take(self, count: int) -> bytes:
        """Returns the first bytes, which are held no longer."""
        taken = bytes(self.held[:count])
        self._start += count
        return taken

    def cut(self, count: int) -> None:
        """Drops the last bytes."""
        self._end -= count

    def clear(self) -> None:
        """Drops everything; the room may be filled again."""
        self._start = self._end = 0

    def wipe(self) -> None:
        """Drops everything and gives its pages back to the kernel."""
        self.clear()
        self._pages.madvise(mmap.MADV_DONTNEED)
