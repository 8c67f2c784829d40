"""Requests on file: every change of one is a step of `TRANSITIONS`, taken in one place and kept as an event.

A step reads the state, looks into the table, and writes state and event in one transaction that no other
process can come between. Events of kind "created", "updated", "asked", "answered" and "progress" tell what
happened, and one with a state's name tells of each transition.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

from agent.errors import Canceled, RequestNotFound, RequestRefused, StepRefused
from agent.request import ENDED, TRANSITIONS, Json, Outcome, Question, Request, State, Wish
from agent.requests.request_json import outcome_from, question_from, text_of, wish_from
from tool_bank.database import Database, now

T = TypeVar("T")

LONGEST_ANSWER = 20_000  # characters
LONGEST_PROGRESS = 2_000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_COLUMNS = "id, wish, state, question, outcome, created, changed"
_NEAR = 1_000  # ids looked at for those that an unknown one may mean

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RequestEvent:
    """Something that happened to a request.

    Attributes:
        number: Grows with time, over all requests.
        request: Id of the request.
        at: When, ISO 8601 in UTC.
        kind: "created", "updated", "asked", "answered", "progress", or the state that it went into.
        detail: More of it, as JSON.
    """

    number: int
    request: str
    at: str
    kind: str
    detail: Mapping[str, Json]


Listener = Callable[[RequestEvent], None]
Happened = tuple[str, Mapping[str, Json]]  # kind and detail of an event


class RequestStore:
    """All requests of one record; many processes may work on it at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Listener] = []
        self._held = threading.local()  # .events: what this thread has yet to tell of

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is done within is written whole or not at all; listeners are told when it is written."""
        events: list[RequestEvent] = []
        self._held.events = events
        try:
            with self._database.transaction():
                yield
        finally:
            self._held.events = None
        self._tell(events)

    # What the user does

    def file(self, wish: Wish, id: str | None = None) -> Request:
        """Returns the request that was made of a wish.

        Args:
            wish: What is wanted.
            id: Given by a client so that filing twice is filing once; without one, a new one is made.

        Raises:
            RequestRefused: The id is none, or another wish was filed under it.
        """
        id = _new_id() if id is None else _checked(id)
        text, at = text_of(wish), now()
        with self._database.transaction():
            is_new = self._database.write(
                f"INSERT OR IGNORE INTO requests ({_COLUMNS}) VALUES (?, ?, ?, NULL, NULL, ?, ?)",
                (id, text, State.NOT_STARTED, at, at),
            )
            events = [self._note(id, "created", {"wish": json.loads(text)})] if is_new else []
            if not is_new and self._first_wish(id) != json.loads(text):
                raise RequestRefused(
                    f"request {id}: expected the wish that was filed under this id, found another; "
                    "file it under an id of its own, or update the request"
                )
        self._tell(events)
        return self.get(id)

    def update(self, id: str, wish: Wish | Callable[[Wish], Wish]) -> Request:
        """Returns the request with another wish, or with what a function makes of the one it has.

        Raises:
            StepRefused: The request has ended.
        """

        def change(found: Request) -> tuple[Request, list[Happened]]:
            if found.state in ENDED:
                raise _refused(found, "updated", f"one that has not ended ({_open()})")
            new = wish(found.wish) if callable(wish) else wish
            if new == found.wish:
                return found, []
            return replace(found, wish=new), [("updated", {"wish": json.loads(text_of(new))})]

        return self._step(id, change)

    def answer(self, id: str, text: str, question: str | None = None) -> Request:
        """Returns the request, whose open question is answered.

        Args:
            id: Of the request.
            text: The answer.
            question: Id of the question that is meant; None: the open one.

        Raises:
            StepRefused: It does not wait, waits for the answer to another question, or the answer is none.
        """
        _check_answer(id, text)

        def change(found: Request) -> tuple[Request, list[Happened]]:
            open_one = found.question
            if found.state is not State.WAITING_FEEDBACK or open_one is None:
                raise _refused(found, "answered", "WAITING_FEEDBACK: it asks nothing")
            if question not in (None, open_one.id):
                raise StepRefused(
                    f"request {id}: expected an answer to the open question {open_one.id} "
                    f"({open_one.text:.200}), found one to {question!r:.80}"
                )
            moved = _moved(found, State.IN_PROGRESS)
            detail = {"question": open_one.id, "text": text}
            return replace(moved, question=None), [("answered", detail), _entered(found, moved)]

        return self._step(id, change)

    def cancel(self, id: str) -> Request:
        """Returns the request, taken back; raises `StepRefused` where it has ended."""
        return self._step(id, lambda found: _to(found, State.CANCELED))

    # What the system does

    def start(self, id: str) -> Request:
        """Returns the request, in work; raises `StepRefused` where it was begun before."""

        def change(found: Request) -> tuple[Request, list[Happened]]:
            if found.state is State.WAITING_FEEDBACK:  # only an answer leads out of it
                raise _refused(found, "started", State.NOT_STARTED)
            return _to(found, State.IN_PROGRESS)

        return self._step(id, change)

    def ask(self, id: str, question: Question) -> Request:
        """Returns the request, waiting for an answer; asking the open question again changes nothing."""

        def change(found: Request) -> tuple[Request, list[Happened]]:
            if found.question == question:
                return found, []
            moved = replace(_moved(found, State.WAITING_FEEDBACK), question=question)
            return moved, [("asked", json.loads(text_of(question))), _entered(found, moved)]

        return self._step(id, change)

    def answer_to(self, id: str, question: Question) -> str | None:
        """Returns what the user answered to a question, None where there is no answer yet."""
        for event in reversed(self._of_kind(id, "answered")):
            if event.detail.get("question") == question.id:
                return str(event.detail["text"])
        return None

    def succeed(self, id: str, outcome: Outcome) -> Request:
        """Returns the request, fulfilled."""
        return self._step(id, lambda found: _to(found, State.SUCCEEDED, outcome))

    def fail(self, id: str, outcome: Outcome) -> Request:
        """Returns the request, given up; the outcome's summary says why."""
        return self._step(id, lambda found: _to(found, State.FAILED, outcome))

    def progress(self, id: str, text: str) -> Request:
        """Returns the request, of whose work something is told; raises `StepRefused` where it has ended."""

        def change(found: Request) -> tuple[Request, list[Happened]]:
            if found.state in ENDED:
                raise _refused(found, "worked on", f"one that has not ended ({_open()})")
            return found, [("progress", {"text": text[:LONGEST_PROGRESS]})]

        return self._step(id, change)

    def check(self, id: str) -> None:
        """Raises `Canceled` where the user has taken the request back."""
        if self.get(id).state is State.CANCELED:
            raise Canceled(f"request {id} was canceled")

    # What anyone may read

    def get(self, id: str) -> Request:
        """Returns a request; raises `RequestNotFound`."""
        rows: list[tuple[Json, ...]] = []
        if isinstance(id, str) and _ID.fullmatch(id):
            rows = self._database.rows(f"SELECT {_COLUMNS} FROM requests WHERE id = ?", (id,))
        if not rows:
            raise RequestNotFound(f"request {id!r:.110}: expected the id of one on file{self._near(id)}")
        return self._read(rows[0])

    def all(self, states: Iterable[State] | None = None) -> list[Request]:
        """Returns the requests in some states, in any without them; the oldest first."""
        wanted = list(State) if states is None else [State(state) for state in states]
        marks = ", ".join("?" * len(wanted))
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM requests WHERE state IN ({marks}) ORDER BY rowid", wanted
        )
        return [self._read(row) for row in rows]

    def open_ids(self) -> list[str]:
        """Returns the ids of the requests that may be worked on, the oldest first."""
        return [
            id
            for (id,) in self._database.rows(
                "SELECT id FROM requests WHERE state IN (?, ?) ORDER BY rowid",
                (State.NOT_STARTED, State.IN_PROGRESS),
            )
        ]

    def events(self, request: str | None = None, after: int = 0) -> list[RequestEvent]:
        """Returns what happened after an event, to one request or to all; raises `RequestNotFound`."""
        if request is not None:
            self.get(request)
        rows = self._database.rows(
            "SELECT number, request, at, kind, detail FROM events "
            "WHERE number > ? AND (? IS NULL OR request = ?) ORDER BY number",
            (after, request, request),
        )
        return [event_from(self._database, row) for row in rows]

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Has a listener told of what this process does to requests; returns how to end that."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    # How it is kept

    def _step(self, id: str, change: Callable[[Request], tuple[Request, list[Happened]]]) -> Request:
        """Takes one step: the only place where a request on file is changed."""
        with self._database.transaction():
            found = self.get(id)
            new, happened = change(found)
            if new != found:
                new = replace(new, changed=now())
                self._database.write(
                    "UPDATE requests SET wish = ?, state = ?, question = ?, outcome = ?, changed = ? "
                    "WHERE id = ?",
                    (text_of(new.wish), new.state, _text(new.question), _text(new.outcome), new.changed, id),
                )
            events = [self._note(id, kind, detail) for kind, detail in happened]
        self._tell(events)
        return new

    def _note(self, id: str, kind: str, detail: Mapping[str, Json]) -> RequestEvent:
        at, text = now(), json.dumps(detail, allow_nan=False)
        self._database.write(
            "INSERT INTO events (request, at, kind, detail) VALUES (?, ?, ?, ?)", (id, at, kind, text)
        )
        ((number,),) = self._database.rows("SELECT last_insert_rowid()")
        return RequestEvent(number, id, at, kind, json.loads(text))

    def _tell(self, events: list[RequestEvent]) -> None:
        held: list[RequestEvent] | None = getattr(self._held, "events", None)
        if held is not None:
            held += events
            return
        for event in events:
            for listener in tuple(self._listeners):
                try:
                    listener(event)
                except Exception:  # noqa: BLE001 - the step is taken, whatever a listener thinks of it
                    _log.exception("a listener failed at event %d (%s)", event.number, event.kind)

    def _of_kind(self, id: str, kind: str) -> list[RequestEvent]:
        rows = self._database.rows(
            "SELECT number, request, at, kind, detail FROM events "
            "WHERE request = ? AND kind = ? ORDER BY number",
            (id, kind),
        )
        return [event_from(self._database, row) for row in rows]

    def _first_wish(self, id: str) -> Json:
        return self._of_kind(id, "created")[0].detail["wish"]

    def _read(self, row: tuple[Json, ...]) -> Request:
        id, wish, state, question, outcome, created, changed = row
        what = f"request {id}"

        def value(read: Callable[[Mapping[str, Json]], T], text: str) -> T:
            return read(self._database.parsed(text, what))

        try:
            return Request(
                id, value(wish_from, wish), State(state),
                None if question is None else value(question_from, question),
                None if outcome is None else value(outcome_from, outcome),
                created, changed,
            )  # fmt: skip
        except (KeyError, TypeError, ValueError) as error:
            raise self._database.damage(f"{what} is not as it was written") from error

    def _near(self, id: object) -> str:
        known = [
            row[0]
            for row in self._database.rows("SELECT id FROM requests ORDER BY rowid DESC LIMIT ?", (_NEAR,))
        ]
        near = difflib.get_close_matches(str(id)[:100], known) or known[:3]
        return f", such as {', '.join(near)}" if near else "; there are none yet"


def event_from(database: Database, row: tuple[Json, ...]) -> RequestEvent:
    """Returns the event in a row of number, request, at, kind and detail."""
    number, request, at, kind, detail = row
    return RequestEvent(number, request, at, kind, database.parsed(detail, f"event {number}"))


def _moved(found: Request, to: State) -> Request:
    """Returns a request in another state; the one look into the table of transitions."""
    if to not in TRANSITIONS[found.state]:
        allowed = ", ".join(sorted(TRANSITIONS[found.state])) or "nothing: it has ended"
        raise StepRefused(
            f"request {found.id}: expected a step that {found.state} allows ({allowed}), found one to {to}"
        )
    return replace(found, state=to)


def _entered(before: Request, after: Request) -> Happened:
    return after.state.value, {"from": before.state.value}


def _to(found: Request, state: State, outcome: Outcome | None = None) -> tuple[Request, list[Happened]]:
    moved = replace(_moved(found, state), question=None, outcome=outcome)
    told = {} if outcome is None else {"summary": outcome.summary}
    kind, detail = _entered(found, moved)
    return moved, [(kind, {**detail, **told})]


def _refused(found: Request, done: str, expected: str) -> StepRefused:
    allowed = ", ".join(sorted(TRANSITIONS[found.state])) or "nothing: it has ended"
    return StepRefused(
        f"request {found.id}: to be {done}, expected {expected}; found {found.state}, "
        f"from which it may go to: {allowed}"
    )


def _open() -> str:
    return ", ".join(state for state in State if state not in ENDED)


def _check_answer(id: str, text: object) -> None:
    is_text = isinstance(text, str)
    if not isinstance(text, str) or not text.strip():
        found = repr(text)[:80] if is_text else type(text).__name__
        raise StepRefused(f"request {id}: answer: expected text, found {found}; say something")
    if len(text) > LONGEST_ANSWER:
        raise StepRefused(
            f"request {id}: answer: expected at most {LONGEST_ANSWER} characters, found {len(text)}; "
            "give longer data as a document"
        )


def _checked(id: object) -> str:
    if isinstance(id, str) and _ID.fullmatch(id):
        return id
    raise RequestRefused(
        f"id: expected up to 100 letters, digits, '.', '_' or '-', a letter or digit first; found {id!r:.60}"
    )


def _new_id() -> str:
    return uuid.uuid4().hex[:12]


def _text(value: Question | Outcome | None) -> str | None:
    return None if value is None else text_of(value)
