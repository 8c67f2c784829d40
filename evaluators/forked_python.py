"""Lets a program start Python by `subprocess` where no program can be executed. Runs inside the sandbox.

The sandbox refuses `execve`. Evaluators like to run the program under test as `[sys.executable, "x.py"]`,
with pipes and a timeout; here that becomes a fork, which lays its descriptors out as asked and runs the file
as `__main__`. Anything but Python is refused in words. The standard library is all that this may use.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import fcntl
import importlib.machinery
import importlib.util
import multiprocessing
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

_PYTHON = re.compile(r"python[\d.]*")
_EXPANSION = re.compile(r"[$`\n]")
_HIGH = 20  # where descriptors wait while 0 to 2 are being set
_MOST_DESCRIPTORS = 1024
_HANDLED = (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
_fresh_path: list[str] = []
_home: list[str] = []


@dataclass(frozen=True)
class _Command:
    """A command line of the interpreter: what to run, where its imports start, and its arguments."""

    kind: str  # "file", "code", "module" or "stdin"
    target: str
    arguments: tuple[str, ...]


def install(home: str) -> None:
    """Makes `subprocess` and `multiprocessing` start Python by forking.

    Args:
        home: Folder whose modules a new interpreter would not have loaded.
    """
    _fresh_path[:] = [entry for entry in sys.path if not entry.startswith(home)]
    _home[:] = [home]
    vars(subprocess).update(_fork_exec=_fork_exec, _USE_POSIX_SPAWN=False)
    vars(sys.modules["_posixsubprocess"]).update(fork_exec=_fork_exec)
    vars(os).update(system=lambda command: subprocess.call(command, shell=True))
    multiprocessing.set_start_method("fork", force=True)


def _fork_exec(
    args: Sequence[str | bytes],
    executables: Sequence[bytes],
    close_fds: bool,
    pass_fds: tuple[int, ...],
    cwd: str | bytes | None,
    env: Sequence[bytes] | None,
    *rest: Any,  # noqa: ANN401 - descriptors and flags, more of them in each version
) -> int:
    """Returns the pid of a fork that runs the command."""
    command = _parse([os.fsdecode(word) for word in args])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()  # else the fork would write it again
    pid = os.fork()
    if pid:
        return pid
    try:
        os.close(rest[7])  # tells the parent that nothing went wrong on the way
        _arrange(rest[0], rest[3], rest[5], set(pass_fds) - {rest[7]} if close_fds else None)
        if cwd is not None:
            os.chdir(cwd)
        if rest[9]:
            os.setsid()
        for hook in filter(callable, rest):
            hook()
        _forget_the_parent(env)
    except BaseException:  # noqa: BLE001 - nothing may return into the parent's code
        traceback.print_exc()
        os._exit(255)
    _live(command)


def _parse(words: Sequence[str]) -> _Command:
    """Returns the interpreter's command; raises PermissionError for any other program."""
    if len(words) >= 3 and words[:2] == ["/bin/sh", "-c"]:
        words = _words_of_shell_line(words[2]) or words
    if not words or not _PYTHON.fullmatch(os.path.basename(words[0])):
        raise PermissionError(
            errno.EPERM, "the sandbox starts no program but Python", words[0] if words else ""
        )
    left = list(words[1:])
    while left and left[0].startswith("-") and left[0] != "-":
        option = left.pop(0)
        if option in ("-c", "-m") and left:
            return _Command("code" if option == "-c" else "module", left[0], tuple(left[1:]))
        if option in ("-W", "-X") and left:
            left.pop(0)
    if not left or left[0] == "-":
        return _Command("stdin", "-", tuple(left[1:]))
    return _Command("file", left[0], tuple(left[1:]))


def _words_of_shell_line(line: str) -> list[str]:
    """Returns the words of a line that only starts a program; none where it asks more of a shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = list(lexer)
    asks_more = _EXPANSION.search(line) or any(not word.strip(lexer.punctuation_chars) for word in words)
    return [] if asks_more else words


def _arrange(stdin: int, stdout: int, stderr: int, kept: set[int] | None) -> None:
    """Puts the pipes at 0 to 2 and closes every other descriptor but `kept` (None keeps all)."""
    wanted = {target: end for target, end in enumerate((stdin, stdout, stderr)) if end != -1}
    waiting = {target: fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _HIGH) for target, end in wanted.items()}
    for target, end in waiting.items():
        os.dup2(end, target, inheritable=True)
    first = 3
    for end in sorted(kept or ()):
        os.closerange(first, end)
        first = max(first, end + 1)
    os.closerange(first, _HIGH if kept is None else _MOST_DESCRIPTORS)


def _forget_the_parent(env: Sequence[bytes] | None) -> None:
    """Takes back what a new interpreter would not have: environment, handlers, modules of the task."""
    if env is not None:
        os.environ.clear()
        for entry in env:
            variable, _, value = entry.partition(b"=")
            os.environb[variable] = value
    for number in _HANDLED:
        signal.signal(number, signal.SIG_DFL)
    atexit._clear()
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(_home[0]) and name != __name__:
            del sys.modules[name]
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - they live as long as the process
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", closefd=False, buffering=1, errors="backslashreplace")  # noqa: SIM115


def _live(command: _Command) -> NoReturn:
    """Runs the command and ends the process as the interpreter would."""
    status = _status_of(lambda: _run(command))
    status = status or _status_of(threading._shutdown)  # type: ignore[attr-defined]
    _status_of(atexit._run_exitfuncs)
    _status_of(sys.stdout.flush)
    os._exit(status)


def _status_of(step: Callable[[], object]) -> int:
    try:
        step()
    except SystemExit as ending:
        if ending.code is None or isinstance(ending.code, int):
            return (ending.code or 0) & 0xFF
        print(ending.code, file=sys.stderr)  # noqa: T201 - as the interpreter does
        return 1
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        return 1
    return 0


def _run(command: _Command) -> None:
    path = _path_of(command)
    start = os.path.dirname(os.path.abspath(path)) if command.kind == "file" else ""
    extra = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    sys.path[:] = [start, *extra, *_fresh_path]
    sys.argv = [{"code": "-c", "stdin": "-"}.get(command.kind, path), *command.arguments]
    if command.kind == "module":
        path = _file_of_module(command.target)
    loader = importlib.machinery.SourceFileLoader("__main__", path)
    spec = importlib.util.spec_from_file_location("__main__", path, loader=loader)
    if spec is None:
        raise ImportError(f"{path}: expected a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules["__main__"] = module
    loader.exec_module(module)


def _path_of(command: _Command) -> str:
    """Returns the file that holds what is to be run; code that is in none is written to one."""
    if command.kind in ("file", "module"):
        return command.target
    text = command.target if command.kind == "code" else sys.stdin.read()
    path = os.path.join(_home[0], f"command_{os.getpid()}.py")
    with open(path, "w") as file:
        file.write(text)
    return path


def _file_of_module(name: str) -> str:
    for candidate in (name, f"{name}.__main__"):
        spec = importlib.util.find_spec(candidate)
        if spec is not None and spec.origin and not (spec.submodule_search_locations and candidate == name):
            return spec.origin
    raise ModuleNotFoundError(f"No module named {name!r}", name=name)
