"""The two sides of a request: what its user may do, and what the system that works on it may do.

Users are given the one, the work on a request the other; neither can take the other's steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agent.request import Json, Outcome, Question, Request, State
from agent.requests.request_form import fields_of, wish_of
from agent.requests.request_store import RequestEvent, RequestStore


class UserSide:
    """What a user may do: file, update, answer, cancel, and look."""

    def __init__(self, store: RequestStore) -> None:
        self._store = store

    def create(self, fields: Mapping[str, Json], id: str | None = None) -> Request:
        """Returns the request made of what came in; filing twice under one id is filing once.

        Raises:
            RequestRefused: It cannot be worked on; the message names the field, what was expected and found.
        """
        return self._store.file(wish_of(fields), id)

    def update(self, id: str, changes: Mapping[str, Json]) -> Request:
        """Returns the request with some fields changed.

        Raises:
            RequestNotFound: There is none of that id.
            RequestRefused: The wish as a whole could not be worked on any more.
            StepRefused: The request has ended.
        """
        return self._store.update(id, lambda wish: wish_of({**fields_of(wish), **changes}))

    def answer(self, id: str, text: str, question: str | None = None) -> Request:
        """Returns the request, its open question answered; see `RequestStore.answer`."""
        return self._store.answer(id, text, question)

    def cancel(self, id: str) -> Request:
        """Returns the request, taken back; raises `StepRefused` where it has ended."""
        return self._store.cancel(id)

    def get(self, id: str) -> Request:
        """Returns a request; raises `RequestNotFound`."""
        return self._store.get(id)

    def all(self, states: Iterable[State] | None = None) -> list[Request]:
        """Returns the requests in some states, in any without them; the oldest first."""
        return self._store.all(states)

    def events(self, request: str | None = None, after: int = 0) -> list[RequestEvent]:
        """Returns what happened after an event, to one request or to all."""
        return self._store.events(request, after)


class SystemSide:
    """What the system may do: tell how it stands, ask the user, tell of progress, and see what was said."""

    def __init__(self, store: RequestStore) -> None:
        self._store = store

    def status(self, id: str, state: State, outcome: Outcome | None = None) -> Request:
        """Returns the request, in another state.

        Args:
            id: Of the request.
            state: IN_PROGRESS to begin, SUCCEEDED or FAILED to end; the others are not the system's to set.
            outcome: What came of it, at the end.

        Raises:
            StepRefused: Its state does not allow it.
            ValueError: The state is not the system's to set, or an outcome is missing or too early.
        """
        ends = {State.SUCCEEDED: self._store.succeed, State.FAILED: self._store.fail}
        if state in ends and outcome is not None:
            return ends[state](id, outcome)
        if state is State.IN_PROGRESS and outcome is None:
            return self._store.start(id)
        raise ValueError(
            f"status({state}, outcome {'left out' if outcome is None else 'given'}): expected IN_PROGRESS "
            "without an outcome, or SUCCEEDED or FAILED with one; the user is asked by `ask`"
        )

    def ask(self, id: str, question: Question) -> Request:
        """Returns the request, waiting for the user; raises `StepRefused`."""
        return self._store.ask(id, question)

    def progress(self, id: str, text: str) -> Request:
        """Returns the request, of whose work something is told; raises `StepRefused` where it has ended."""
        return self._store.progress(id, text)

    def answer_to(self, id: str, question: Question) -> str | None:
        """Returns what the user answered to a question, None where there is no answer yet."""
        return self._store.answer_to(id, question)

    def check(self, id: str) -> None:
        """Raises `Canceled` where the user has taken the request back."""
        self._store.check(id)
