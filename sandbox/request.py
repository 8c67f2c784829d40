"""A request as it leaves the trusted side: checked and encoded before anything runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sandbox import wire
from sandbox.interface import Limits, Value
from sandbox.wire import Json

MAX_SOURCE_BYTES = 1 << 20
MAX_REQUEST_BYTES = 32 << 20
_NO_LIMIT = 1 << 40  # as good as none, and fits wherever the kernel puts it


@dataclass(frozen=True)
class Request:
    """The calls of one round trip, encoded for the candidate; the supervisor never looks inside."""

    payload: bytes
    count: int


def encode_source(source: str) -> bytes:
    """Returns the source as UTF-8; raises ValueError for what is no Python text."""
    if not isinstance(source, str):
        raise ValueError(f"source: expected text (str), found {type(source).__name__}")
    if "\0" in source:
        raise ValueError(f"source: expected no null character, found one at offset {source.index(chr(0))}")
    try:
        encoded = source.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"source: expected text that UTF-8 can carry, found {error}") from None
    if len(encoded) > MAX_SOURCE_BYTES:
        raise ValueError(f"source: expected at most {MAX_SOURCE_BYTES:,} bytes, found {len(encoded):,}")
    return encoded


def encode_calls(function: str, argument_lists: Sequence[Sequence[Value]]) -> Request:
    """Returns the request to call `function` once per argument list; raises ValueError."""
    if not isinstance(function, str) or not function.isidentifier():
        raise ValueError(f"function: expected the name of a function, found {function!r}")
    if not isinstance(argument_lists, list | tuple):
        raise ValueError(f"argument_lists: expected a list of lists, found {type(argument_lists).__name__}")
    encoder = wire.Encoder(share=True)
    arguments = [_encode_list(index, item, encoder) for index, item in enumerate(argument_lists)]
    header = {"function": function, "arguments": arguments, "arrays": encoder.types}
    try:
        payload = wire.pack(header, *encoder.parts, finite=True)
    except ValueError as error:
        raise ValueError(
            "argument_lists: expected finite numbers of at most 4,300 digits outside typed arrays, "
            f"found one that is not finite or longer ({error})"
        ) from None
    if len(payload) > MAX_REQUEST_BYTES:
        raise ValueError(f"arguments: expected at most {MAX_REQUEST_BYTES:,} bytes, found {len(payload):,}")
    return Request(payload, len(arguments))


def check_limits(limits: Limits | None) -> Limits:
    """Returns the limits to apply; raises ValueError for what is none."""
    if limits is not None and not isinstance(limits, Limits):
        raise ValueError(f"limits: expected sandbox.Limits, found {type(limits).__name__}")
    return limits or Limits()


def with_deadline(limits: Limits, wall_seconds: float | None) -> Limits:
    """Returns the limits of a request with a deadline of its own; raises ValueError for what is none."""
    if wall_seconds is None:
        return limits
    try:
        return replace(limits, wall_seconds=wall_seconds)
    except ValueError:
        raise ValueError(
            f"wall_seconds: expected a positive finite number, or None for the session's own, "
            f"found {wall_seconds!r}"
        ) from None


def lasting(limits: Limits) -> Limits:
    """Returns the limits of a session's process, whose CPU time is bounded in each request unless in all."""
    return limits if limits.cpu_seconds is not None else replace(limits, cpu_seconds=_NO_LIMIT)


def cpu_of_request(limits: Limits) -> float:
    """Returns the CPU seconds that the process may use from one answer to the next."""
    if limits.cpu_seconds is None or limits.cpu_seconds == _NO_LIMIT:
        return limits.wall_seconds + 1
    return limits.cpu_seconds


def encode_limits(limits: Limits) -> dict[str, int]:
    """Returns the limits as the supervisor applies them to the process, in whole seconds and bytes."""
    wanted = {
        "cpu": cpu_of_request(limits) if limits.cpu_seconds is None else limits.cpu_seconds,
        "memory": limits.memory_bytes,
        "output": limits.output_bytes,
        "stdout": limits.stdout_bytes,
        "processes": limits.processes,
        "scratch": limits.scratch_bytes,
    }
    return {name: min(math.ceil(value), _NO_LIMIT) for name, value in wanted.items()}


def _encode_list(index: int, arguments: Sequence[Value], encoder: wire.Encoder) -> Json:
    if not isinstance(arguments, list | tuple):
        raise ValueError(
            f"argument_lists[{index}]: expected a list of arguments, found {type(arguments).__name__}"
        )
    try:
        encoded = [encoder.encode(argument) for argument in arguments]
    except wire.Unencodable as refusal:
        raise ValueError(
            f"argument_lists[{index}]: expected JSON values and numpy arrays, found {refusal}"
        ) from None
    return encoded
