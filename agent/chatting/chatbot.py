"""A conversation that ends in a request: the answer streams at once, the request is in the same reply."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias

from agent.chatting.chat_prompt import EXAMPLES, conversation_of, reply_text
from agent.chatting.conversations import Conversations, Turn
from agent.chatting.draft import Draft, DraftParser, draft_of
from agent.chatting.hidden_part import END, MARKER, HiddenPart
from agent.chatting.said import is_said, numbers_of
from agent.chatting.user_memory import Fact, Kind, UserMemory
from agent.errors import FactRefused, RequestRefused, StepRefused
from agent.request import ENDED, Request
from agent.requests.request_form import LONGEST_OBJECTIVE
from agent.requests.sides import UserSide
from agent.requests.standing_terms import merged
from language_models import Chat, ChatFailed, Completion, Conversation, ParseError, TextDelta
from language_models.parser import Forms
from tool_bank.lexical_index import words

_LIKING = re.compile(
    r"\b(?:prefer|like|love|hate|dislike|want|always|never|please|use|call me)", re.IGNORECASE
)
_ALIKE = 0.6  # share of common words from which on two objectives are one
_MORE = 1.3  # times as many words say more than the same in other words


@dataclass(frozen=True)
class RequestFiled:
    """The conversation has come to a request, or has changed the one that it came to.

    Attributes:
        request: As it is on file.
        is_new: Whether it was filed just now.
    """

    request: Request
    is_new: bool = True


@dataclass(frozen=True)
class FactLearned:
    """Something that the user said of themselves is remembered."""

    fact: Fact


@dataclass(frozen=True)
class NotComposed:
    """The model gave no request with its answer, nor when asked again; the conversation can go on.

    Attributes:
        why: What was wrong with it.
    """

    why: str


Piece: TypeAlias = str | FactLearned | RequestFiled | NotComposed  # a text is the next piece of the answer


class Chatbot:
    """Talks with users.

    Args:
        chat: The model.
        user_side: Where requests are filed.
        memory: What is known of users; what they say of themselves goes there.
        conversations: Where what was said is kept.
    """

    def __init__(
        self, chat: Chat, user_side: UserSide, memory: UserMemory, conversations: Conversations
    ) -> None:
        self._chat = chat
        self._user_side = user_side
        self._memory = memory
        self._conversations = conversations

    def reply(self, conversation: str, text: str, user: str = "user") -> Iterator[Piece]:
        """Returns the answer piece by piece as it comes, then what came of it; the model is called once.

        Only a reply without a request that can be read costs a second call, which shows nothing.

        Args:
            conversation: Its id; a new one begins a conversation.
            text: What the user says.
            user: Who that is.

        Raises:
            RequestRefused: The text or the id is none; reading the answer raises what the model does.
        """
        if not text.strip() or len(text) > LONGEST_OBJECTIVE:
            found = f"{len(text):,}" if text.strip() else "blanks only"
            raise RequestRefused(
                f"message: expected 1 to {LONGEST_OBJECTIVE:,} characters, found {found}; "
                "give longer data as a document of a request"
            )
        return self._answer(self._conversations.add(conversation, "user", text), user)

    def _answer(self, turn: Turn, user: str) -> Iterator[Piece]:
        asked = self._asked(turn, user)
        hidden, shown = HiddenPart(), []
        with self._chat.stream(asked, _Whole()) as reply:
            for event in reply:
                if isinstance(event, TextDelta) and (piece := hidden.feed(event.text)):
                    shown.append(piece)
                    yield piece
            whole = reply.answer.value
        if piece := hidden.finish():
            shown.append(piece)
            yield piece
        try:
            draft = self._draft(turn, asked, whole, hidden.text)
        except (ParseError, ChatFailed) as error:
            self._conversations.add(turn.conversation, "assistant", "".join(shown))
            yield NotComposed(str(error))
            return
        yield from self._composed(turn, user, draft, "".join(shown))

    def _asked(self, turn: Turn, user: str) -> Conversation:
        turns = self._conversations.of(turn.conversation)
        filed = [request.wish.objective for request in self._filed(turn.conversation)]
        return conversation_of(turns, self._memory.relevant(user, turn.text), filed)

    def _draft(self, turn: Turn, asked: Conversation, whole: Completion, hidden: str | None) -> Draft:
        """Returns the draft in a reply, or the one that the model gives when it is asked once more."""
        try:
            return _own(draft_of(hidden or "", is_cut_off=whole.finish_reason == "length"), turn)
        except ParseError as error:
            again = asked.with_assistant(whole.text).with_user(
                f"The part after {MARKER} could not be read: {error}. Write it again: only the JSON object."
            )
            return _own(self._chat.ask(again, DraftParser(), attempts=1).value, turn)

    def _composed(self, turn: Turn, user: str, draft: Draft, shown: str) -> Iterator[Piece]:
        """Yields what came of a draft; whatever is said beside the model's words is said here."""
        turns = self._conversations.of(turn.conversation)
        draft = draft.kept_to([part.text for part in turns if part.role == "user"])
        draft = _settled(draft.answered(_last_draft(turns), turn.text), shown).with_data_of(turn.text)
        refusal, filed = "", None
        if draft.is_ready:
            try:
                filed = self._file(turn, user, draft)
            except RequestRefused as error:
                refusal = f"I cannot file this yet: {error}."
        words_beside = refusal or _beside(draft, shown)
        if words_beside in shown:
            words_beside = ""
        if words_beside:
            yield f"\n{words_beside}" if shown else words_beside
        told = "\n".join(part for part in (shown, words_beside) if part)
        self._conversations.add(turn.conversation, "assistant", reply_text(told, draft))
        yield from self._learned(turn, user, draft)
        if filed is not None:
            yield filed

    def _learned(self, turn: Turn, user: str, draft: Draft) -> Iterator[FactLearned]:
        known = {fact.id for fact in self._memory.of(user)}
        for text in draft.facts:
            kind: Kind = "preference" if _LIKING.search(text) else "fact"
            try:
                fact = self._memory.learn(user, text, turn, kind)
            except FactRefused:
                continue  # the model made it up, or took it from somewhere else
            if fact.id not in known:
                yield FactLearned(fact)

    def _file(self, turn: Turn, user: str, draft: Draft) -> RequestFiled | None:
        """Returns the request that was filed or updated; None where the same was filed before."""
        for request in reversed(self._filed(turn.conversation)):
            if not _is_one(request.wish.objective, draft.objective):
                continue
            old = request.wish
            fields = {
                "objective": draft.objective,
                "requirements": list(merged(old.requirements, draft.requirements)),
                "constraints": list(merged(old.constraints, draft.constraints)),
            }
            is_same = [*old.requirements, *old.constraints] == [
                *fields["requirements"],
                *fields["constraints"],
            ]
            if is_same and not _is_refined(old.objective, draft.objective):
                return None
            if request.state not in ENDED:
                try:
                    return RequestFiled(self._user_side.update(request.id, fields), is_new=False)
                except StepRefused:
                    continue  # it has ended meanwhile
        fields = {**draft.fields, "user": user}
        return RequestFiled(self._user_side.create(fields, f"{turn.conversation}-t{turn.number}"))

    def _filed(self, conversation: str) -> list[Request]:
        own = re.compile(re.escape(conversation) + r"-t\d+")
        return [request for request in self._user_side.all() if own.fullmatch(request.id)]


class _Whole:
    """Takes a reply as it is."""

    forms = Forms()

    def parse(self, reply: Completion) -> Completion:
        return reply


def spoken(text: str) -> str:
    """Returns what of an assistant's turn on record was shown to the user."""
    return text.partition(MARKER)[0].rstrip().removesuffix(END)


def _own(draft: Draft, turn: Turn) -> Draft:
    """Returns a draft that is the user's; raises `ParseError` for an example that was copied."""
    if draft.objective in EXAMPLES and not is_said(draft.objective, turn.text):
        raise ParseError("the request of the user", "the one of the example")
    return draft


def _last_draft(turns: Sequence[Turn]) -> Draft | None:
    """Returns the draft of the assistant's last turn."""
    for turn in reversed(turns):
        if turn.role == "assistant":
            with suppress(ParseError):
                return draft_of(turn.text)
            return None
    return None


def _settled(draft: Draft, shown: str) -> Draft:
    """Returns a draft that is ready where nothing is missing and nothing was asked, or as it was."""
    return replace(draft, ready=draft.ready or (not draft.missing and "?" not in shown))


def _beside(draft: Draft, shown: str) -> str:
    """Returns what the model should have said and has not."""
    if draft.is_ready:
        return "" if shown else "I have noted your request."
    if "?" in shown:
        return ""
    return f"I still need to know: {'; '.join(draft.missing)}." if draft.missing else "What is to be done?"


def _is_one(objective: str, other: str) -> bool:
    """Returns whether two objectives are one: the same in other words, or the other with more data."""
    if _is_refined(objective, other):
        return True
    one, two = set(words(objective)), set(words(other))
    is_alike = objective == other or len(one & two) >= _ALIKE * len(one | two)
    return is_alike and numbers_of(objective) == numbers_of(other)


def _is_refined(objective: str, other: str) -> bool:
    """Returns whether the other objective says all that the first says, and clearly more."""
    one, two = set(words(objective)), set(words(other))
    is_more = numbers_of(objective) < numbers_of(other) or len(two) >= _MORE * len(one)
    return one < two and is_more
