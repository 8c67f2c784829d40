"""From a conversation to the request on file that it is about: one that it goes on with, or a new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.errors import StepRefused
from agent.request import ENDED, Request, State
from agent.requests.request_ledger import RequestLedger
from agent.requests.request_store import RequestEvent, RequestStore
from agent.requests.sides import UserSide
from service.web.chat_conversation import Conversation, plain

BEGINNING = "chat-"
_AT_ONCE = 50  # ids looked up together


@dataclass(frozen=True)
class Taken:
    """The request that a call is about.

    Attributes:
        id: Of the request.
        after: Number of the event after which its progress is news to the caller.
    """

    id: str
    after: int = 0


class ChatRequests:
    """Finds and files requests.

    Args:
        requests: Where they are.
        ledger: Knows which ids there are.
    """

    def __init__(self, requests: RequestStore, ledger: RequestLedger) -> None:
        self._requests = requests
        self._user = UserSide(requests)
        self._ledger = ledger

    def taken(self, conversation: Conversation) -> Taken:
        """Returns the request that a conversation is about now.

        Where the assistant's last words were the question of a request, the user's answer it. Where they
        were the notice that it goes on, it is looked at again. Else a request is filed; the same conversation
        sent again is the same request for as long as that has not ended.

        Raises:
            RequestRefused: What is asked for cannot be worked on.
        """
        return self._continued(conversation) or self._filed(conversation)

    def _continued(self, conversation: Conversation) -> Taken | None:
        if conversation.replied is None:
            return None
        for digest in conversation.digests[1:]:
            for id in reversed(list(self._ids(digest))):
                found = self._resumed(self._requests.get(id), conversation.replied, conversation.asked)
                if found is not None:
                    return found
        return None

    def _resumed(self, found: Request, replied: str, asked: str) -> Taken | None:
        """Returns a request where the assistant spoke for it last, with what the user said to that."""
        if found.state is State.CANCELED:
            return None
        events = self._requests.events(found.id)
        if _is_notice(replied, found.id):
            return Taken(found.id, events[-1].number)
        questions = [e for e in events if e.kind == "asked" and plain(e.detail["text"]) == plain(replied)]
        if not questions:
            return None
        question = str(questions[-1].detail["id"])
        if found.question is not None and found.question.id == question:
            self._answer(found.id, asked, question)
        return self._answered(found.id, asked, question)

    def _answer(self, id: str, text: str, question: str) -> None:
        try:
            self._user.answer(id, text, question)
        except StepRefused:
            if self._requests.get(id).state is State.WAITING_FEEDBACK:  # the answer is none
                raise

    def _answered(self, id: str, text: str, question: str) -> Taken | None:
        """Returns a request whose question was answered so; another answer is the beginning of another."""
        for event in reversed(self._requests.events(id)):
            if event.kind == "answered" and event.detail["question"] == question:
                return Taken(id, event.number) if _says(event, text) else None
        return None

    def _filed(self, conversation: Conversation) -> Taken:
        fields = {"objective": conversation.objective}
        known = list(self._ids(conversation.digests[0]))
        if known:
            last = self._requests.get(known[-1])
            if last.state not in ENDED and last.wish.objective == conversation.objective.strip():
                return Taken(last.id)
        return Taken(self._user.create(fields, _id(conversation.digests[0], len(known))).id)

    def _ids(self, digest: str) -> Iterator[str]:
        """Yields the ids of the requests that were filed for one conversation, the oldest first."""
        number = 0
        while True:
            wanted = [_id(digest, place) for place in range(number, number + _AT_ONCE)]
            known = self._ledger.states(wanted)[1]
            for id in wanted:
                if id not in known:
                    return
                yield id
            number += _AT_ONCE


def notice(id: str, fault: str = "") -> str:
    """Returns what the assistant says of a request that takes longer than a call may."""
    why = f" Nothing is worked on just now: {fault}." if fault else ""
    return (
        f"The work on this goes on; it is on file as request {id}.{why} Say anything to hear how it stands, "
        f"or see it with `funsearch requests show {id}`."
    )


def _is_notice(text: str, id: str) -> bool:
    return plain(text).startswith(plain(notice(id)).partition(" Say anything")[0])


def _says(event: RequestEvent, text: str) -> bool:
    return plain(str(event.detail["text"])) == plain(text)


def _id(digest: str, number: int) -> str:
    return f"{BEGINNING}{digest}" + (f".{number + 1}" if number else "")
