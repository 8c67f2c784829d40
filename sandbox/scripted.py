"""A sandbox without a sandbox, for tests of the rooms above: answers come from a trusted Python callable."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from sandbox.interface import CallResult, Limits, Outcome, Value
from sandbox.request import check_limits, encode_calls, encode_source, with_deadline

Answer = Callable[[str, str, Sequence[Value]], Value]  # (source, function, arguments) -> value


class ScriptedSandbox:
    """Answers each call by `answer(source, function, arguments)`, or by a table from sources to outcomes.

    What the callable raises becomes that call's error, as with a real candidate; a source missing from the
    table is one that cannot be imported. Nothing of the source ever runs, nor is a
    function looked for in it: it may be any text.
    """

    backend = "scripted"

    def __init__(self, answer: Answer | Mapping[str, Outcome]) -> None:
        self._answer = answer
        self.calls: list[tuple[str, str]] = []

    def call(
        self,
        source: str,
        function: str,
        argument_lists: Sequence[Sequence[Value]],
        *,
        limits: Limits | None = None,
    ) -> Outcome:
        """Returns the scripted outcome; misuse raises as in a real sandbox."""
        check_limits(limits)
        encode_source(source)
        encode_calls(function, argument_lists)
        self.calls.append((source, function))
        if isinstance(self._answer, Mapping):
            return self._answer.get(source, Outcome("raised", error="SyntaxError: not in the script"))
        return Outcome("returned", tuple(self._one(source, function, item) for item in argument_lists))

    @contextlib.contextmanager
    def session(self, source: str, *, limits: Limits | None = None) -> Iterator[ScriptedSession]:
        """Opens a session on the same script."""
        yield ScriptedSession(self, source, check_limits(limits))

    def close(self) -> None:
        """Does nothing: there is nothing to end."""

    def __enter__(self) -> ScriptedSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _one(self, source: str, function: str, arguments: Sequence[Value]) -> CallResult:
        assert not isinstance(self._answer, Mapping)
        try:
            return CallResult(True, self._answer(source, function, arguments))
        except Exception as error:  # noqa: BLE001 - the script plays the candidate, whose errors are values
            return CallResult(False, error=f"{type(error).__name__}: {error}")


class ScriptedSession:
    """A session of a scripted sandbox."""

    def __init__(self, box: ScriptedSandbox, source: str, limits: Limits) -> None:
        self._box = box
        self._source = source
        self._limits = limits
        self._death: Outcome | None = None

    def call(self, function: str, *arguments: Value, wall_seconds: float | None = None) -> CallResult:
        """Returns the scripted result of one call."""
        return self.call_many(function, [arguments], wall_seconds=wall_seconds).first()

    def call_many(
        self,
        function: str,
        argument_lists: Sequence[Sequence[Value]],
        *,
        wall_seconds: float | None = None,
    ) -> Outcome:
        """Returns the scripted outcome; after one that kills a real candidate, always that one."""
        limits = with_deadline(self._limits, wall_seconds)
        outcome = self._death or self._box.call(self._source, function, argument_lists, limits=limits)
        if outcome.status in ("timed_out", "crashed"):
            self._death = outcome
        return outcome
