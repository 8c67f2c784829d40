"""What became of a request: the supervisor's report and the candidate's bytes, turned into an Outcome."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Any

from sandbox import strict_json, wire
from sandbox.interface import CallResult, Limits, Outcome, Status
from sandbox.request import cpu_of_request

_LONGEST_ERROR = 4000
_PLAUSIBLE = 0.5  # of the limit: the kernel counts it in ticks, and what was used exactly
_FULL = "killed by the kernel: the container's memory was exhausted"
# What the candidate's own process may say of itself; the rest is for the supervisor to find.
_CONFESSIONS: dict[str, Status] = {
    "raised": "raised",
    "memory_exceeded": "memory_exceeded",
    "output_exceeded": "output_exceeded",
    "rejected": "rejected",
}


@dataclass(frozen=True)
class Reply:
    """The supervisor's report of one request; every field but `record` and `printed` is its own word.

    Attributes:
        id: The request that it answers.
        end: "record", "exit", "deadline", "cpu", "memory", "oversize", "forged", "setup" or "closed".
        wall: Seconds that the request took.
        alive: Whether the candidate still lives (in a session).
        exit: Exit code or negative signal of the candidate; None while it lives.
        cpu: CPU seconds, of this request while it lives, of all its processes at the end.
        peak: Peak resident bytes.
        clean: Whether nothing of the candidate is left.
        out_of_memory: Whether the kernel killed it because the container was full.
        record: The candidate's bytes.
        printed: What it wrote to stdout and stderr since the last reply.
    """

    id: int
    end: str
    wall: float
    alive: bool
    exit: int | None
    cpu: float
    peak: int
    clean: bool
    out_of_memory: bool
    record: bytes
    printed: bytes


@dataclass(frozen=True)
class _Finding:
    status: Status
    error: str | None = None
    results: tuple[CallResult, ...] = ()


def judge(reply: Reply, count: int, limits: Limits) -> Outcome:
    """Returns the outcome of a request for `count` calls."""
    finding = _find(reply, count, limits)
    return Outcome(
        status=finding.status,
        results=finding.results,
        error=finding.error,
        stdout=reply.printed.decode("utf-8", "replace"),
        wall_seconds=reply.wall,
        cpu_seconds=reply.cpu,
        peak_memory_bytes=reply.peak,
    )


def _find(reply: Reply, count: int, limits: Limits) -> _Finding:
    if reply.end == "record":
        try:
            return _read_record(reply.record, count, limits)
        except strict_json.Refused as refusal:
            return _Finding("rejected", f"the answer was refused: {refusal}")
    if reply.end == "deadline":
        return _Finding("timed_out", f"no answer within {limits.wall_seconds:g} s")
    if reply.end == "cpu":
        return _Finding("timed_out", f"used more CPU time than the {cpu_of_request(limits):g} s allowed")
    if reply.end == "memory":
        together = f"more than {limits.memory_bytes:,} bytes in all its processes"
        return _Finding("memory_exceeded", _FULL if reply.out_of_memory else together)
    if reply.end == "oversize":
        return _Finding("output_exceeded", f"results larger than {limits.output_bytes:,} bytes")
    if reply.end == "forged":
        return _Finding("rejected", "more bytes than one answer on the result channel")
    return _find_death(reply, limits)


def _find_death(reply: Reply, limits: Limits) -> _Finding:
    """Tells why a process died without an answer, from what the kernel told the supervisor."""
    seconds = limits.wall_seconds + 1 if limits.cpu_seconds is None else limits.cpu_seconds
    over = reply.cpu >= _PLAUSIBLE * seconds  # a program may send itself these signals at any time
    if over and reply.exit in (-signal.SIGXCPU, -signal.SIGKILL):
        return _Finding(
            "timed_out", f"used {reply.cpu:.1f} s of CPU time, more than the {seconds:g} s allowed"
        )
    if reply.out_of_memory:
        return _Finding("memory_exceeded", _FULL)
    if reply.exit is not None and reply.exit < 0:
        return _Finding("crashed", f"killed by {_signal_name(-reply.exit)}")
    return _Finding("crashed", f"exited with code {reply.exit} before it answered")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _read_record(record: bytes, count: int, limits: Limits) -> _Finding:
    if len(record) > limits.output_bytes + wire.LENGTHS.size and len(record) > _LONGEST_ERROR:
        return _Finding("output_exceeded", f"results larger than {limits.output_bytes:,} bytes")
    text, body = wire.split(record)
    header = strict_json.parse(text)
    status = header.get("status") if type(header) is dict else None
    if status == "returned" and header.keys() == {"status", "results", "arrays"}:
        return _Finding("returned", None, _read_results(header, body, count))
    confessed = _CONFESSIONS.get(status) if type(status) is str else None
    if confessed and header.keys() == {"status", "error"} and type(header["error"]) is str:
        return _Finding(confessed, header["error"][:_LONGEST_ERROR])
    raise strict_json.Refused("not a record of results")


def _read_results(header: dict[str, Any], body: memoryview, count: int) -> tuple[CallResult, ...]:
    results = header["results"]
    if type(results) is not list or len(results) != count:
        raise strict_json.Refused(f"expected a list of {count} results")
    for item in results:
        if type(item) is not list or len(item) != 2 or type(item[0]) is not bool:
            raise strict_json.Refused("expected results of the form [ok, value]")
        if not item[0] and type(item[1]) is not str:
            raise strict_json.Refused("expected an error's text")
    decoded = strict_json.decode(results, header["arrays"], body)
    return tuple(
        CallResult(True, value) if ok else CallResult(False, error=value[:_LONGEST_ERROR])
        for ok, value in decoded
    )
