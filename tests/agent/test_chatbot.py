"""A chat ends in a request: the answer streams, the request comes with it, and its text is never shown."""

import json

import pytest

from agent.chatting.chat_prompt import EXAMPLES, reply_text
from agent.chatting.chatbot import Chatbot, FactLearned, NotComposed, RequestFiled, spoken
from agent.chatting.conversations import Conversations
from agent.chatting.draft import Draft, draft_of
from agent.chatting.hidden_part import HiddenPart
from agent.chatting.user_memory import UserMemory
from agent.errors import RequestRefused
from agent.request import Outcome, State
from agent.requests.request_store import RequestStore
from agent.requests.sides import UserSide
from language_models import Chat, Completion, Completions, End, ModelUnavailable, ParseError, TextDelta, Usage

READY = Draft("Convert 72 F to Celsius.", ("a number",), ("at most 3 steps",), ready=True)
SAID = "Please convert 72 F to Celsius, in at most 3 steps. I want a number."
WORDS = "Thank you, I have noted it."


class PiecesBackend:
    """Streams each reply in the pieces that it was given in; keeps what it was asked."""

    name = "pieces"

    def __init__(self, *replies):
        self._replies = iter(replies)
        self.asked = []

    def chat(self, request):
        self.asked.append(request)
        text, reason = self._next()
        return Completions((Completion(text, reason),), Usage(1, 1))

    def stream(self, request):
        self.asked.append(request)
        reply = next(self._replies)
        if isinstance(reply, Exception):
            raise reply
        *pieces, reason = (reply, "stop") if isinstance(reply, str) else reply
        for piece in pieces:
            yield TextDelta(piece)
        yield End(reason, Usage(1, 1))

    def _next(self):
        reply = next(self._replies)
        *pieces, reason = (reply, "stop") if isinstance(reply, str) else reply
        return "".join(pieces), reason


@pytest.fixture
def made(database):
    """Makes a chatbot whose model gives some replies."""

    def make(*replies):
        backend = PiecesBackend(*replies)
        user_side = UserSide(RequestStore(database))
        memory = UserMemory(database)
        bot = Chatbot(Chat(backend), user_side, memory, Conversations(database))
        bot.backend, bot.user_side, bot.memory = backend, user_side, memory
        return bot

    return make


def heard(bot, text=SAID, conversation="c1", user="ann"):
    """Returns what was shown, and what else came."""
    pieces = list(bot.reply(conversation, text, user))
    shown = "".join(piece for piece in pieces if isinstance(piece, str))
    return shown, [piece for piece in pieces if not isinstance(piece, str)]


def test_a_request_is_filed_from_the_one_reply(made):
    bot = made(reply_text(WORDS, READY))
    shown, (filed,) = heard(bot)
    assert shown == WORDS
    assert isinstance(filed, RequestFiled)
    assert filed.is_new
    assert filed.request.wish.objective == READY.objective
    assert filed.request.wish.constraints == ("at most 3 steps",)
    assert filed.request.wish.user == "ann"
    assert bot.user_side.get(filed.request.id).state is State.NOT_STARTED
    assert len(bot.backend.asked) == 1


def test_the_answer_is_shown_while_the_model_still_writes(made):
    text = reply_text(WORDS, READY)
    bot = made((*text, "stop"))
    answer = bot.reply("c1", SAID)
    assert next(answer) == "T"
    assert bot.user_side.all() == []
    assert any(isinstance(piece, RequestFiled) for piece in answer)


FULL = reply_text(WORDS, READY)
VARIANTS = {
    "as asked": FULL,
    "marker in capitals": FULL.replace("request>", "REQUEST >"),
    "fence": f"{WORDS}\n\n```json\n{READY.text}\n```",
    "fence without a name": f"{WORDS}\n```\n{READY.text}\n```",
    "bare JSON": f"{WORDS}\n{json.dumps(json.loads(READY.text), indent=1)}",
    "single quotes": f"{WORDS} " + READY.text.replace('"', "'").replace("true", "True"),
    "marker on the line": f"{WORDS} <request>{READY.text}",
    "words behind": f"{FULL}\nAnything else?",
}


@pytest.mark.parametrize("name", VARIANTS)
def test_no_piece_of_the_hidden_part_is_shown_wherever_the_reply_is_split(name):
    text = VARIANTS[name]
    splits = [(text[:place], text[place:]) for place in range(len(text) + 1)]
    for pieces in [*splits, tuple(text), (text,)]:
        hidden = HiddenPart()
        shown = "".join(hidden.feed(piece) for piece in pieces) + hidden.finish()
        assert shown == WORDS
        assert draft_of(hidden.text) == READY


@pytest.mark.parametrize("end", [FULL[:place] for place in range(len(WORDS) + 1, FULL.index("{"))])
def test_a_reply_that_breaks_off_within_the_marker_shows_nothing_of_it(end):
    for pieces in ((end,), tuple(end)):
        hidden = HiddenPart()
        assert "".join(hidden.feed(piece) for piece in pieces) + hidden.finish() == WORDS


@pytest.mark.parametrize(
    "text",
    [
        "If a < b and c > d, use `add`",
        "a {b} and {",
        "see ``x`` and `y`",
        "a <re",
        "<b>bold</b> {x: 1}",
        "2 < 3 <",
    ],
)
def test_words_that_only_begin_alike_are_shown(text):
    hidden = HiddenPart()
    shown = "".join(hidden.feed(piece) for piece in text) + hidden.finish()
    kept = text[:-1].rstrip() if text.endswith(("{", "<")) else text.removesuffix(" <re")
    assert shown == kept
    assert hidden.text is None


def test_a_long_reply_of_beginnings_is_divided_in_bounds():
    hidden = HiddenPart()
    text = "< { ` " * 5_000
    assert len("".join(hidden.feed(piece) for piece in (text, "x"))) > 29_000


def test_only_what_is_missing_is_asked_for(made):
    asking = Draft("Convert a temperature.", missing=("the temperature",))
    bot = made(reply_text("Which temperature?", asking), reply_text(WORDS, READY))
    assert heard(bot, "Convert a temperature.") == ("Which temperature?", [])
    assert bot.user_side.all() == []
    _, (filed,) = heard(bot, SAID)
    assert filed.request.wish.objective == READY.objective
    told = [(message.role, message.content) for message in bot.backend.asked[1].messages]
    assert [role for role, _ in told] == ["system", "user", "assistant", "user"]
    assert told[2][1] == reply_text("Which temperature?", asking), "its own reply shows the model the form"


def test_what_the_model_forgot_to_ask_is_asked(made):
    bot = made(reply_text("Sure.", Draft("Convert it.", missing=("the temperature",))))
    assert heard(bot)[0] == "Sure.\nI still need to know: the temperature."


def test_a_greeting_is_no_request(made):
    bot = made(reply_text("Hello!", Draft("Hi!", ready=True)))
    assert heard(bot, "Hi!") == ("Hello!\nWhat is to be done?", [])


def test_a_draft_that_lacks_nothing_and_asks_nothing_is_ready(made):
    for ready, missing in ((False, ()), (True, ("the temperature",))):
        draft = Draft(READY.objective, missing=missing, ready=ready)
        assert isinstance(heard(made(reply_text(WORDS, draft)), conversation=f"c{ready}")[1][0], RequestFiled)
    asking = Draft(READY.objective)
    assert heard(made(reply_text("Into which unit?", asking)), conversation="c2")[1] == []


def test_data_of_the_task_is_no_fact_of_the_user(made):
    draft = Draft(READY.objective, facts=("72 F", "likes tea"), ready=True)
    _, came = heard(made(reply_text(WORDS, draft)), f"{SAID} I like tea.")
    assert [piece.fact.text for piece in came if isinstance(piece, FactLearned)] == ["likes tea"]


def test_a_model_that_says_nothing_to_the_user_is_helped_out(made):
    assert heard(made(READY.text))[0] == "I have noted your request."


@pytest.mark.parametrize(
    "broken",
    [WORDS, f"{WORDS}\n<request>\n", f"{WORDS}\n<request>\nnot JSON\n</request>", f'{WORDS}\n<request>\n{{"goal": 1}}',
     (FULL[: FULL.index("Celsius")], "length"), reply_text(WORDS, Draft(min(EXAMPLES), ready=True))],
)  # fmt: skip
def test_a_part_that_cannot_be_read_is_asked_for_once_more_unseen(made, broken):
    bot = made(broken, READY.text)
    shown, (filed,) = heard(bot)
    assert shown == WORDS
    assert filed.request.wish.objective == READY.objective
    assert len(bot.backend.asked) == 2


@pytest.mark.parametrize(
    "nonsense", ["no", "{", '{"goal": 1}', reply_text("", Draft(min(EXAMPLES), ready=True))]
)
def test_a_model_of_nonsense_is_asked_twice_and_files_nothing(made, nonsense):
    bot = made(WORDS, nonsense, reply_text(WORDS, READY))
    shown, (ended,) = heard(bot)
    assert shown == WORDS
    assert isinstance(ended, NotComposed)
    assert len(bot.backend.asked) == 2
    assert bot.user_side.all() == []
    assert isinstance(heard(bot)[1][0], RequestFiled), "the conversation goes on"


def test_what_the_user_did_not_say_binds_nobody(made):
    made_up = Draft(
        READY.objective, ("answer == 22.2", "a number"), ("no new tools", "at most 3 steps"), ready=True
    )
    _, (filed,) = heard(made(reply_text(WORDS, made_up)))
    assert filed.request.wish.requirements == ("a number",)
    assert filed.request.wish.constraints == ("at most 3 steps",)


def test_what_the_user_set_binds_though_the_model_forgot_it(made):
    said = "Add 1 and 2. Do not ask me anything, and no new tools. At most 9 steps; at most 4 steps."
    _, (filed,) = heard(made(reply_text(WORDS, Draft("Add 1 and 2.", ready=True))), said)
    assert filed.request.wish.constraints == (
        "Do not ask me anything, and no new tools", "At most 9 steps", "at most 4 steps",
    )  # fmt: skip


def test_nothing_is_asked_for_twice(made):
    asking = Draft("Sort a list of numbers.", missing=("the numbers",))
    again = reply_text("Which numbers?", asking)
    bot = made(again, again, again)
    assert heard(bot, "Sort a list of numbers.")[1] == []
    assert heard(bot, "Do you need them all?")[1] == [], "a question is no answer"
    _, (filed,) = heard(bot, "3, 9, 1 and 4")
    assert filed.request.wish.objective == "Sort a list of numbers.\nthe numbers: 3, 9, 1 and 4"


def test_no_number_of_the_user_is_lost(made):
    draft = Draft("Convert the temperature to Celsius.", ready=True)
    _, (filed,) = heard(made(reply_text(WORDS, draft)), "Convert 72 F to Celsius.")
    assert "In the user's words: Convert 72 F" in filed.request.wish.objective


def test_a_contradiction_is_told_to_the_user(made):
    said = "Add 1 and 2. Use only `add`. Do not use `add`."
    draft = Draft("Add 1 and 2.", constraints=("Use only `add`", "Do not use `add`"), ready=True)
    shown, came = heard(made(reply_text(WORDS, draft)), said)
    assert "I cannot file this yet: constraints: expected what can hold together" in shown
    assert came == []


def test_what_users_say_of_themselves_is_remembered_and_told_later(made):
    draft = Draft(READY.objective, facts=("prefers metric units", "lives in Paris"), ready=True)
    bot = made(reply_text(WORDS, draft), reply_text(WORDS, READY))
    _, (learned, filed) = heard(bot, "I prefer metric units. Convert 72 F to Celsius.")
    assert isinstance(learned, FactLearned)
    assert (learned.fact.text, learned.fact.kind) == ("prefers metric units", "preference")
    assert learned.fact.source == "turn 1"
    assert isinstance(filed, RequestFiled)
    assert [fact.text for fact in bot.memory.of("ann")] == ["prefers metric units"], "nobody said Paris"
    heard(bot, SAID, "c2")
    assert "- prefers metric units" in bot.backend.asked[1].messages[0].content


def test_the_same_request_is_filed_once_and_a_changed_one_updated(made):
    changed = Draft("Convert 72 F into Celsius.", ("a number",), ("at most 2 steps",), ready=True)
    other = Draft("Convert 80 F to Celsius.", ready=True)
    replies = [reply_text(WORDS, draft) for draft in (READY, READY, changed, other)]
    bot = made(*replies)
    _, (first,) = heard(bot)
    assert heard(bot, "Thanks!")[1] == []
    _, (second,) = heard(bot, "At most 2 steps, please.")
    assert (second.request.id, second.is_new) == (first.request.id, False)
    assert second.request.wish.constraints == ("at most 2 steps",), "the later word counts"
    assert second.request.wish.requirements == ("a number",)
    _, (third,) = heard(bot, "Now 80 F.")
    assert third.is_new
    assert len(bot.user_side.all()) == 2
    assert "- Convert 72 F into Celsius." in bot.backend.asked[3].messages[0].content


def test_data_that_comes_late_goes_to_the_request_that_lacked_it(made):
    early, late = (
        Draft("Count the vowels in a word.", ready=True),
        Draft("Count the vowels in the word banana.", ready=True),
    )
    bot = made(reply_text(WORDS, early), reply_text(WORDS, late), reply_text(WORDS, late))
    _, (first,) = heard(bot, "Count the vowels in a word.")
    _, (second,) = heard(bot, "In banana.")
    assert (second.is_new, second.request.id) == (False, first.request.id)
    assert second.request.wish.objective == late.objective
    assert heard(bot, "Thanks!")[1] == []


def test_a_changed_request_that_has_ended_is_filed_anew(made, database):
    changed = Draft(READY.objective, ("a number",), ("at most 2 steps",), ready=True)
    bot = made(reply_text(WORDS, READY), reply_text(WORDS, changed))
    _, (first,) = heard(bot)
    RequestStore(database).fail(first.request.id, Outcome(summary="no"))
    _, (second,) = heard(bot, "at most 2 steps")
    assert second.is_new
    assert second.request.id != first.request.id


def test_a_conversation_does_not_see_another(made):
    bot = made(reply_text(WORDS, READY), reply_text(WORDS, READY))
    heard(bot, SAID, "a")
    _, (filed,) = heard(bot, SAID, "a-t1")
    assert filed.is_new
    assert [message.role for message in bot.backend.asked[1].messages] == ["system", "user"]


@pytest.mark.parametrize("text", ["", " \n", "x" * 1_000_000])
def test_a_message_that_is_none_is_refused_at_once(made, text):
    bot = made(WORDS)
    with pytest.raises(RequestRefused, match="message: expected 1 to 20,000 characters"):
        bot.reply("c1", text)
    with pytest.raises(RequestRefused, match="conversation: expected"):
        bot.reply("no such/id", "hello")
    assert bot.backend.asked == []


def test_after_a_model_that_failed_the_conversation_goes_on(made):
    bot = made(ModelUnavailable("no model"), reply_text(WORDS, READY))
    with pytest.raises(ModelUnavailable):
        heard(bot, "Convert 72 F")
    assert isinstance(heard(bot)[1][0], RequestFiled)
    assert [message.role for message in bot.backend.asked[1].messages] == ["system", "user"]


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        ('{"objective": "Hi!", "ready": true}', Draft(ready=True)),
        ('{"objective": "2 + 2", "ready": true}', Draft("2 + 2", ready=True)),
        ('{"objective": "数える", "ready": true}', Draft("数える", ready=True)),
        ('{"objective": "do x1", "requirements": "one", "constraints": null, "ready": "true"}', Draft("do x1", ("one",), ready=True)),
        ('{"objective": "do x1", "missing": ["None"]}', Draft("do x1", ready=True)),
        ('{"objective": "do x1", "missing": "the size"}', Draft("do x1", missing=("the size",))),
        ('{"objective": 3, "extra": 1}', Draft(ready=True)),
        ('{"objective": "do x1", "requirements": ["a", "a", ""], "ready": false,}', Draft("do x1", ("a",))),
    ],
)  # fmt: skip
def test_a_draft_is_read_leniently(text, draft):
    assert draft_of(text) == draft


def test_a_text_without_a_draft_is_none():
    for text in ("", "[]", '{"a": 1}', "objective"):
        with pytest.raises(ParseError, match="objective, requirements"):
            draft_of(text)


def test_what_was_shown_is_read_back_from_the_record():
    assert spoken(reply_text(WORDS, READY)) == WORDS
