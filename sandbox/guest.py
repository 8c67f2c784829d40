"""The candidate's process: imports the untrusted source once and answers calls. Runs inside the sandbox.

Everything here shares its memory with untrusted code, so nothing here is evidence: a candidate may patch
this module, forge a record or exit early. What is true comes from the supervisor (time, memory, cause of
death) and from the trusted decoder (what a record may contain).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NoReturn

from sandbox import wire
from sandbox.confinement import REQUESTS, RESULTS

_NAME = "candidate"
_LONGEST_ERROR = 2000
_OUT_OF_MEMORY = wire.pack({"status": "memory_exceeded", "error": "MemoryError"})


class Guest:
    """One imported source and the calls made on it."""

    def __init__(self, source: str, output_bytes: int) -> None:
        self._source = source
        self._output_bytes = output_bytes
        self._module: ModuleType | None = None
        self._import_error: str | None = None

    def answer(self, header: memoryview, body: memoryview) -> bytes:
        """Returns the record for one request."""
        try:
            record = self._call_all(json.loads(str(header, "utf-8")), body)
        except MemoryError:
            return _OUT_OF_MEMORY
        except BaseException as failure:  # a result may raise when it is read, or be too long to write
            return _reject(f"no answer could be made of it: {_describe(failure)}")
        if len(record) > self._output_bytes:
            error = f"{len(record)} bytes of results, more than the {self._output_bytes} allowed"
            return wire.pack({"status": "output_exceeded", "error": error})
        return record

    def _call_all(self, request: dict[str, Any], body: memoryview) -> bytes:
        function = self._find(request["function"])
        if function is None:
            return wire.pack({"status": "raised", "error": self._import_error})
        arguments = wire.Decoder(request["arrays"], body)
        encoder = wire.Encoder(share=False)
        results = []
        for position, encoded in enumerate(request["arguments"]):
            try:
                results.append(_call_one(function, arguments.decode(encoded), encoder))
            except wire.Unencodable as refusal:
                return _reject(f"result {position}: {refusal} cannot cross the border")
        _flush()
        return wire.pack({"status": "returned", "results": results, "arrays": encoder.types}, *encoder.parts)

    def _find(self, name: str) -> Callable[..., Any] | None:
        """Returns the named function, importing the source at the first request."""
        if self._module is None and self._import_error is None:
            self._import()
        if self._module is None:
            return None
        function: Callable[..., Any] | None = vars(self._module).get(name)
        if callable(function):
            return function
        found = sorted(key for key, item in vars(self._module).items() if callable(item) and key[0] != "_")
        self._import_error = f"NameError: expected a function named {name!r}, found {found[:20]}"
        return None

    def _import(self) -> None:
        module = ModuleType(_NAME)
        sys.modules[_NAME] = module
        try:
            exec(compile(self._source, f"<{_NAME}>", "exec"), vars(module))
        except MemoryError:
            raise
        except BaseException as error:
            self._import_error = _describe(error)
            _flush()
        else:
            self._module = module


def serve(source: str, output_bytes: int) -> NoReturn:
    """Answers requests until the supervisor closes the pipe; never returns."""
    _seed()
    guest = Guest(source, output_bytes)
    while True:
        try:
            request = wire.read_frame(REQUESTS)
        except EOFError:
            os._exit(0)
        except MemoryError:  # what is still unread would be taken for the next request
            wire.write_all(RESULTS, _OUT_OF_MEMORY)
            os._exit(0)
        try:
            answer = guest.answer(*request)
        except MemoryError:
            answer = _OUT_OF_MEMORY
        del request
        wire.write_all(RESULTS, answer)


def _reject(reason: str) -> bytes:
    return wire.pack({"status": "rejected", "error": reason})


def _call_one(function: Callable[..., Any], arguments: list[Any], encoder: wire.Encoder) -> list[Any]:
    try:
        value = function(*arguments)
    except MemoryError:
        raise
    except BaseException as error:
        return [False, _describe(error)]
    return [True, encoder.encode(value)]


def _describe(error: BaseException) -> str:
    """Returns "Type: message", cut, and free of what UTF-8 cannot carry."""
    kind = _plain(lambda: type(error).__name__, "an exception without a name")
    message = _plain(lambda: str(error), "(its message raised, too)")
    text = f"{kind}: {message}" if message else kind
    return text[:_LONGEST_ERROR].encode("utf-8", "replace").decode()


def _plain(show: Callable[[], str], otherwise: str) -> str:
    """Returns what is shown, never of a subclass of str, which might raise later."""
    try:
        return "".join([show()])
    except BaseException:
        return otherwise


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:
            continue


def _seed() -> None:
    """Makes the global random state the same for every candidate, whenever it runs."""
    if "random" in sys.modules:
        sys.modules["random"].seed(0)
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(0)
    else:
        sys.meta_path.insert(0, _SeedOnImport())


class _SeedOnImport:
    """Seeds numpy's global random state when a candidate imports it; loaded ahead it would cost them all."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "numpy.random":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_seed(module: ModuleType) -> None:
                execute(module)
                vars(module)["seed"](0)

            spec.loader.exec_module = execute_and_seed  # type: ignore[method-assign]
        return spec
