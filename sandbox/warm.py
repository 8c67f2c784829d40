"""A warm sandbox: candidates run one at a time in a supervisor that a pool keeps ready."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import TracebackType

from sandbox.interface import (
    CallResult,
    Limits,
    Outcome,
    SandboxBroken,
    SandboxError,
    SandboxUnavailable,
    Value,
)
from sandbox.names import require_function
from sandbox.pool import Pool, Starter
from sandbox.request import Request, check_limits, encode_calls, encode_source, lasting, with_deadline
from sandbox.verdict import Reply, judge
from sandbox.zygote import ZygoteLost, open_frame


class WarmSandbox:
    """Runs candidates in the supervisors that `start` provides; threads take turns.

    A candidate whose supervisor is lost gets one more chance in a new one. `finish` is called at the end.
    """

    def __init__(self, backend: str, start: Starter, finish: Callable[[], None] = lambda: None) -> None:
        self._backend = backend
        self._finish = finish
        self._lock = threading.RLock()
        self._closed = False
        self._in_session = False
        self._pool = Pool(start)

    @property
    def backend(self) -> str:
        """The backend's name."""
        return self._backend

    def call(
        self,
        source: str,
        function: str,
        argument_lists: Sequence[Sequence[Value]],
        *,
        limits: Limits | None = None,
    ) -> Outcome:
        """Returns the outcome of one process; see `interface.Sandbox.call`."""
        limits = check_limits(limits)
        opening = open_frame(encode_source(source), limits)
        request = encode_calls(function, argument_lists)
        require_function(source, function)
        with self._lock:
            self._require_idle()
            reply = self.first_call(opening, request, limits, final=True)
        return judge(reply, request.count, limits)

    @contextlib.contextmanager
    def session(self, source: str, *, limits: Limits | None = None) -> Iterator[WarmSession]:
        """Opens a process that lives until the block ends; see `interface.Sandbox.session`."""
        limits = lasting(check_limits(limits))
        opening = open_frame(encode_source(source), limits)
        with self._lock:
            self._require_idle()
            self._in_session = True
        session = WarmSession(self, source, opening, limits)
        try:
            yield session
        finally:
            session.close()
            self._in_session = False

    def close(self) -> None:
        """Ends the supervisor; a second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._pool.close()
                self._finish()

    def __enter__(self) -> WarmSandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def first_call(self, opening: bytes, request: Request, limits: Limits, *, final: bool) -> Reply:
        """Makes a candidate's first call; where the supervisor is lost, once more in a new one."""
        with self._lock:
            reasons = []
            for _ in range(2):
                try:
                    return self._checked(self._pool.ready().call(opening, request, limits, final=final))
                except (ZygoteLost, SandboxUnavailable) as lost:
                    self._pool.drop()
                    reasons.append(str(lost))
            raise SandboxBroken(
                f"sandbox ({self._backend}): expected an answer, found none from two supervisors in a row "
                f"({'; then '.join(reasons)}); check that its engine is up"
            )

    def next_call(self, request: Request, limits: Limits) -> Reply:
        """Makes a later call of a session, which cannot be repeated elsewhere."""
        with self._lock:
            zygote = self._pool.current
            if zygote is None:
                raise SandboxBroken(f"sandbox ({self._backend}): its supervisor was lost within a session")
            try:
                return self._checked(zygote.call(b"", request, limits, final=False))
            except ZygoteLost as lost:
                self._pool.drop()
                raise SandboxBroken(
                    f"sandbox ({self._backend}): its supervisor was lost within a session ({lost}); "
                    "open another session"
                ) from lost

    def end_candidate(self, limits: Limits) -> None:
        """Ends a session's candidate, or its supervisor when that is lost."""
        with self._lock:
            zygote = self._pool.current
            if zygote is None:
                return
            try:
                self._checked(zygote.end_candidate(limits))
            except ZygoteLost:
                self._pool.drop()

    def _require_idle(self) -> None:
        if self._closed:
            raise SandboxError(f"sandbox ({self._backend}): it was closed; open another one")
        if self._in_session:
            raise SandboxError(
                f"sandbox ({self._backend}): a session is open, and it runs one candidate at a time; "
                "close the session or open a second sandbox"
            )

    def _checked(self, reply: Reply) -> Reply:
        """Returns the reply of a supervisor fit to go on; what is unclean is replaced after this call."""
        if reply.end == "setup":
            raise ZygoteLost(f"the candidate could not be confined: {reply.printed.decode(errors='replace')}")
        if not reply.clean:
            self._pool.drop()
        return reply


class WarmSession:
    """One candidate process of a warm sandbox; see `interface.Session`."""

    def __init__(self, box: WarmSandbox, source: str, opening: bytes, limits: Limits) -> None:
        self._box = box
        self._source = source
        self._known: set[str] = set()  # functions that the source may have
        self._opening: bytes | None = opening  # None once sent: the candidate is forked with the first call
        self._limits = limits
        self._printed = ""
        self._death: Outcome | None = None
        self._closed = False

    def call(self, function: str, *arguments: Value, wall_seconds: float | None = None) -> CallResult:
        """Returns the result of one call."""
        return self.call_many(function, [arguments], wall_seconds=wall_seconds).first()

    def call_many(
        self,
        function: str,
        argument_lists: Sequence[Sequence[Value]],
        *,
        wall_seconds: float | None = None,
    ) -> Outcome:
        """Returns the outcome of many calls made in one round trip."""
        limits = with_deadline(self._limits, wall_seconds)
        request = encode_calls(function, argument_lists)
        if function not in self._known:
            require_function(self._source, function)
            self._known.add(function)
        if self._closed:
            raise SandboxError("session: it was closed; open another one")
        if self._death is not None:
            return self._death
        reply = self._exchange(request, limits)
        outcome = judge(reply, request.count, limits)
        self._printed += outcome.stdout
        outcome = replace(outcome, stdout=self._printed)
        if not reply.alive:
            self._death = replace(outcome, wall_seconds=0.0, cpu_seconds=0.0)
        return outcome

    def close(self) -> None:
        """Ends the candidate."""
        if not self._closed and self._opening is None and self._death is None:
            self._box.end_candidate(self._limits)
        self._closed = True

    def _exchange(self, request: Request, limits: Limits) -> Reply:
        opening, self._opening = self._opening, None
        if opening is None:
            return self._box.next_call(request, limits)
        return self._box.first_call(opening, request, limits, final=False)
