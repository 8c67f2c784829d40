"""Builds the container image from a layout, without a registry: a tar of files, no shell, no base image.

`python -m sandbox.image FILE PACKAGE...` writes the tar, for the Dockerfile beside this file.
"""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sandbox.layout import Layout, plan_layout, walk

REPOSITORY = "funsearch-sandbox"
MOUNT_POINTS = ("scratch", "door", "proc", "dev", "sys", "etc", "tmp")


def image_tag(layout: Layout) -> str:
    """Returns the image's name, which tells every version in it."""
    return f"{REPOSITORY}:{layout.fingerprint}"


def write_image(layout: Layout, file: BinaryIO) -> None:
    """Writes the image's files as a tar, everything owned by root and closed to writing."""
    with tarfile.open(fileobj=file, mode="w") as tar:
        for folder in _folders(layout):
            tar.addfile(_closed(tarfile.TarInfo(folder), tarfile.DIRTYPE, 0o755))
        # gVisor mounts a tmpfs that all may write over a /tmp that is empty or missing.
        tar.addfile(_closed(tarfile.TarInfo("tmp/not-for-writing"), tarfile.REGTYPE, 0o444))
        for path, target in _files(layout):
            member = tar.gettarinfo(str(path.resolve()), arcname=target.lstrip("/"))
            with path.open("rb") as content:
                tar.addfile(_closed(member, tarfile.REGTYPE, 0o555), content)


def _files(layout: Layout) -> Iterator[tuple[Path, str]]:
    for entry in layout.entries:
        yield from walk(entry)


def _folders(layout: Layout) -> list[str]:
    folders = {str(parent) for _, target in _files(layout) for parent in PurePosixPath(target).parents}
    return sorted(folder.lstrip("/") for folder in (*folders, *MOUNT_POINTS) if folder != "/")


def _closed(member: tarfile.TarInfo, kind: bytes, mode: int) -> tarfile.TarInfo:
    member.type, member.mode, member.linkname = kind, mode, ""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    with open(sys.argv[1], "wb") as target_file:
        write_image(plan_layout(sys.argv[2:]), target_file)
