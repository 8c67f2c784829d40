"""What the inside of a sandbox consists of: the running interpreter, chosen packages, the guest's own files.

The same layout becomes an image (docker) or a set of read-only mounts (bubblewrap), so that a candidate meets
the same Python everywhere. There is no shell in it, no compiler and no package installer.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import secrets
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path, PurePosixPath

from sandbox.interface import SandboxUnavailable

INTERPRETER = "/python/bin/python3"
_STDLIB = f"/python/lib/python{sys.version_info.major}.{sys.version_info.minor}"
_PACKAGES = "/packages"
_LIBRARIES = "/libraries"
_GUEST = "/guest"
_GUEST_FILES = (
    "candidate", "census", "confinement", "guest", "relay", "seccomp", "sheet", "supervisor", "system",
    "wire",
)  # fmt: skip
_ARGUMENT = "open_sandbox(packages=...)"
# What a package that imports its parts late would else import in every candidate anew.
_LATE_PARTS = {
    "pydantic": ("dataclasses", "fields", "json_schema", "main", "type_adapter", "types"),
}
_NAME = re.compile(r"[\w.-]+")
_NO_CODE = re.compile(r".*\.(dist-info|egg-info|pth)|__editable__.*")
USER_IDS = 8192  # of one supervisor: each candidate gets its own
_VERSION = 2  # of this layout; part of the fingerprint

# Never needed by a program under test, and most of the weight.
LEFT_OUT = frozenset(
    {
        "site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip",
        "lib2to3", "pydoc_data", "venv",
    }
)  # fmt: skip
_LEFT_OUT_PATTERN = re.compile(r"config-3.*|.*\.opt-[12]\.pyc|_tkinter\..*|.*\.(a|h|pyi|lib)")
_START = (
    f"import sys; sys.path[:0] = ['{_GUEST}', '{_PACKAGES}']; "
    "from sandbox.supervisor import main; main(sys.argv[1:])"
)
ENVIRONMENT = {
    "PATH": "/python/bin",
    "HOME": "/scratch",
    "TMPDIR": "/scratch",
    "LANG": "C.UTF-8",
    "LD_LIBRARY_PATH": _LIBRARIES,
    "PYTHONHASHSEED": "0",  # the order of a set is the same in every run
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",  # a thread would not survive the fork
    "OMP_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Entry:
    """A file or directory of this machine and where it appears inside."""

    source: Path
    target: str


@dataclass(frozen=True)
class Layout:
    """Everything inside. Found out when it is needed: a warm image needs only the fingerprint.

    Attributes:
        distributions: The installed distributions that candidates may import, by name.
        asked: Those of them that were asked for; the others are what these require.
        hash_seed: Decides the order of sets of texts: what depends on it differs between two seeds.
    """

    distributions: tuple[str, ...]
    asked: tuple[str, ...]
    hash_seed: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables inside."""
        return {**ENVIRONMENT, "PYTHONHASHSEED": str(self.hash_seed)}

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every file and folder inside."""
        return _entries(self.distributions)

    @cached_property
    def packages(self) -> tuple[str, ...]:
        """The modules that the supervisor imports ahead; they import what they require."""
        tops = [entry for name in self.asked for entry in _package_entries(name)]
        names = set(filter(None, map(_import_name, tops)))
        parts = {f"{name}.{part}" for name in names for part in _LATE_PARTS.get(name, ())}
        return tuple(sorted(names | parts))

    @cached_property
    def fingerprint(self) -> str:
        """A name that changes when anything inside does."""
        return _fingerprint(self.distributions)

    def command(self, mode: str, *, door: str = "", scratch_bytes: int = 0) -> list[str]:
        """Returns the command line that starts the supervisor; with `scratch_bytes` it mounts the scratch.

        Each supervisor draws its candidates from user ids of its own: processes are counted per id, by host.
        """
        settings = {
            "mode": mode,
            "first_uid": (1 << 20) + USER_IDS * secrets.randbelow(1 << 17),
            "packages": self.packages,
            "door": door,
            "scratch_bytes": scratch_bytes,
        }
        return [INTERPRETER, "-s", "-P", "-S", "-c", _START, json.dumps(settings)]

    def folders(self) -> list[str]:
        """Returns the folders that lead to the entries, parents first."""
        parents = {str(parent) for entry in self.entries for parent in PurePosixPath(entry.target).parents}
        return sorted(parents - {"/"})


def plan_layout(packages: Sequence[str], hash_seed: int = 0) -> Layout:
    """Returns the layout with these distributions and all that they require.

    Raises:
        ValueError: One of them is not installed, or has no files here.
    """
    if isinstance(packages, str) or not all(isinstance(name, str) and name for name in packages):
        raise ValueError(f"{_ARGUMENT}: expected a sequence of names such as ('numpy',), found {packages!r}")
    layout = Layout(_with_requirements(packages), tuple(packages), hash_seed)
    layout.packages  # noqa: B018 - looks every one of them up
    return layout


def _with_requirements(names: Sequence[str]) -> tuple[str, ...]:
    """Returns the distributions named and all that they require, each once."""
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key not in found:
            found[key] = name
            waiting += _requirements(name)
    return tuple(found.values())


def _requirements(name: str) -> Iterator[str]:
    """Yields what a distribution requires; of what only some machines need, that which is installed here."""
    for line in _distribution(name).requires or ():
        requirement, _, condition = line.partition(";")
        match = _NAME.match(requirement)
        if match and "extra" not in condition and (not condition or _is_installed(match[0])):
            yield match[0]


def _is_installed(name: str) -> bool:
    return any(importlib.metadata.distributions(name=name))


def _distribution(name: str) -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution(name)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        raise ValueError(
            f"{_ARGUMENT}: expected installed distributions, found {name!r}; install it: pip install {name}"
        ) from None


@cache
def _entries(distributions: tuple[str, ...]) -> tuple[Entry, ...]:
    installed = [entry for name in distributions for entry in _package_entries(name)]
    return (
        Entry(Path(sys.executable).resolve(), INTERPRETER),
        Entry(Path(sysconfig.get_path("stdlib")), _STDLIB),
        *installed,
        *_guest_entries(),
        *_library_entries(installed),
    )


def is_left_out(name: str) -> bool:
    """Returns whether a file or directory of this name stays outside."""
    return name in LEFT_OUT or _LEFT_OUT_PATTERN.fullmatch(name) is not None


def walk(entry: Entry) -> Iterator[tuple[Path, str]]:
    """Yields every file of an entry and its place inside, directories not included."""
    if entry.source.is_file():
        yield entry.source, entry.target
        return
    for folder, folders, files in os.walk(entry.source):
        folders[:] = sorted(name for name in folders if not is_left_out(name))
        inside = os.path.normpath(os.path.join(entry.target, os.path.relpath(folder, entry.source)))
        for name in sorted(files):
            path = Path(folder, name)
            if not is_left_out(name) and path.is_file():
                yield path, f"{inside}/{name}"


def _package_entries(name: str) -> list[Entry]:
    """Returns the top-level files and folders that a distribution installed."""
    distribution = _distribution(name)
    tops = sorted(
        {file.parts[0] for file in distribution.files or () if file.parts[0] not in ("..", "__pycache__")}
    )
    entries = [Entry(Path(str(distribution.locate_file(top))), f"{_PACKAGES}/{top}") for top in tops]
    if all(_NO_CODE.fullmatch(entry.source.name) for entry in entries):
        raise ValueError(
            f"{_ARGUMENT}: expected a distribution with its files, found none of {name!r} (it is editable, "
            f"or was not installed by pip); pip install {name} without --editable"
        )
    return entries


def _import_name(entry: Entry) -> str | None:
    """Returns the module that an entry is, if it is one."""
    if (entry.source / "__init__.py").is_file() or entry.source.suffix == ".py":
        return entry.source.stem
    return None


def _guest_entries() -> list[Entry]:
    here = Path(__file__).parent
    return [Entry(here / f"{name}.py", f"{_GUEST}/sandbox/{name}.py") for name in _GUEST_FILES]


def _library_entries(packages: Sequence[Entry]) -> Iterator[Entry]:
    """Yields the shared libraries that the interpreter and the packages load, and the loader itself."""
    stdlib = Entry(Path(sysconfig.get_path("stdlib"), "lib-dynload"), "")
    modules = [str(path) for entry in (stdlib, *packages) if entry.source.is_dir() for path, _ in walk(entry)]
    binaries = [os.path.realpath(sys.executable), *(path for path in modules if ".so" in Path(path).name)]
    own = tuple(str(entry.source) for entry in packages)
    for name, path in sorted(_dependencies(binaries).items()):
        if name.startswith("/"):
            yield Entry(Path(path).resolve(), name)  # the loader, at the place that the interpreter names
        elif not path.startswith(own):
            yield Entry(Path(path).resolve(), f"{_LIBRARIES}/{name}")


def _dependencies(binaries: Sequence[str]) -> dict[str, str]:
    """Returns the shared libraries by the names they are asked for, as ldd tells them."""
    try:
        listing = subprocess.run(["ldd", *binaries], capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        raise SandboxUnavailable("sandbox: expected `ldd` on the PATH; install libc-bin (glibc)") from None
    found: dict[str, str] = {}
    for line in listing.splitlines():
        match = re.match(r"\t(?:(\S+) => )?(/\S+) \(0x", line)
        if match:
            found[match[1] or match[2]] = os.path.normpath(match[2])
    return found


def _fingerprint(packages: Sequence[str]) -> str:
    parts: list[str] = [str(_VERSION), sys.version, os.path.realpath(sys.executable), _START]
    parts += [f"{name}={importlib.metadata.version(name)}" for name in sorted(packages)]
    parts += [entry.source.read_text() for entry in _guest_entries()]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
