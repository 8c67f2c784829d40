from types import SimpleNamespace

import pytest

from agent.budget import Budget, Meter
from agent.durable_backend import DurableBackend
from agent.errors import BudgetExhausted, Canceled
from agent.operations import Operations, Uncertain
from language_models import ChatRequest, Completion, CompletionRequest, Completions, Message, ToolCall, Usage
from language_models.backend import FormUnsupported
from tool_bank.database import Database


def life(database: Database, request_id: str, meter: Meter | None = None) -> Operations:
    return Operations(database, request_id, meter or Meter(Budget()))


class Counting:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        self.count += 1
        return self.count


def test_what_was_done_in_an_earlier_life_is_read_and_not_done_again(
    database: Database, request_id: str
) -> None:
    do = Counting()
    assert life(database, request_id).once("call", {"x": 1}, do) == 1
    assert life(database, request_id).once("call", {"x": 1}, do) == 1
    assert do.count == 1


def test_equal_things_in_one_life_are_done_one_after_the_other(database: Database, request_id: str) -> None:
    do = Counting()
    first = life(database, request_id)
    assert [first.once("call", {"x": 1}, do) for _ in range(2)] == [1, 2]
    again = life(database, request_id)
    assert [again.once("call", {"x": 1}, do) for _ in range(3)] == [1, 2, 3]


def test_other_things_are_not_taken_for_it(database: Database, request_id: str) -> None:
    do = Counting()
    life(database, request_id).once("call", {"x": 1}, do)
    assert life(database, request_id).once("call", {"x": 2}, do) == 2
    assert life(database, request_id).once("act", {"x": 1}, do) == 3


def test_what_raised_is_done_again(database: Database, request_id: str) -> None:
    def fail() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        life(database, request_id).once("call", {}, fail)
    assert life(database, request_id).once("call", {}, lambda: 5) == 5


def test_a_risky_thing_that_was_under_way_is_not_begun_again(database: Database, request_id: str) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        life(database, request_id).once("act", {"to": "Ann"}, die, risky=True)
    with pytest.raises(Uncertain, match="Ann"):
        life(database, request_id).once("act", {"to": "Ann"}, lambda: 1, risky=True)
    assert life(database, request_id).once("act", {"to": "Bob"}, lambda: 1, risky=True) == 1


def test_nothing_new_is_done_for_a_request_that_was_canceled(database: Database, request_id: str) -> None:
    def check() -> None:
        raise Canceled("r1")

    life(database, request_id).once("call", {}, lambda: 1)
    canceled = Operations(database, request_id, Meter(Budget()), check)
    assert canceled.once("call", {}, lambda: 2) == 1
    with pytest.raises(Canceled):
        canceled.once("call", {}, lambda: 2)


def test_a_used_up_budget_ends_the_work_and_says_what_is_used_up(database: Database, request_id: str) -> None:
    meter = Meter(Budget(steps=2))
    operations = life(database, request_id, meter)
    operations.once("call", {}, lambda: 1)
    meter.add(steps=2)
    operations.once("call", {}, lambda: 1)
    meter.add(steps=1)
    with pytest.raises(BudgetExhausted, match="steps: expected at most 2, used 3"):
        operations.once("call", {}, lambda: 1)


def test_a_budget_of_money_wants_prices() -> None:
    with pytest.raises(ValueError, match="prices"):
        Budget(money=1.0)
    meter = Meter(Budget(tokens=None, money=1.0, price_read=1.0, price_written=2.0))
    meter.add(usage=Usage(500_000, 250_000))
    with pytest.raises(BudgetExhausted, match="money"):
        meter.check()


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 0.0, -1.0])
def test_a_budget_that_would_never_or_at_once_be_used_up_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="expected a finite number, more than 0"):
        Budget(seconds=seconds)
    assert Budget(seconds=0.5, price_read=0.0).seconds == 0.5


class Model:
    name = "scripted"

    def __init__(self) -> None:
        self.asked = 0

    def chat(self, request: ChatRequest) -> Completions:
        self.asked += 1
        call = ToolCall("c1", "double", '{"x": 2}')
        return Completions((Completion("", "tool_calls", (call,)),), Usage(7, self.asked))

    def complete(self, request: CompletionRequest) -> Completions:
        self.asked += 1
        return Completions((Completion(" four", "stop"),), Usage(7, self.asked))


def test_a_reply_is_paid_once_and_counted_in_every_life(database: Database, request_id: str) -> None:
    model, request = Model(), ChatRequest(messages=(Message("user", "twice two"),))
    replies, tokens = [], []
    for _ in range(2):
        meter = Meter(Budget())
        replies.append(DurableBackend(model, life(database, request_id, meter)).chat(request))
        tokens.append(meter.tokens)
    assert replies[0] == replies[1]
    assert (model.asked, tokens) == (1, [8, 8])


def test_a_continuation_is_paid_once_where_the_model_continues_text(
    database: Database, request_id: str
) -> None:
    model, request = Model(), CompletionRequest(prompt="twice two is")
    texts = [
        DurableBackend(model, life(database, request_id, Meter(Budget()))).complete(request).texts
        for _ in range(2)
    ]
    assert texts == [(" four",), (" four",)]
    assert model.asked == 1
    only_chats = DurableBackend(SimpleNamespace(name="m", chat=model.chat), life(database, request_id))
    with pytest.raises(FormUnsupported, match="chats only"):
        only_chats.complete(request)
