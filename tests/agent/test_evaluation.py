from pathlib import Path

from agent.evaluation import WITH, WITHOUT, both_ways, evaluate, summaries
from agent.means import Means
from agent.request import State
from agent.trials import Trial
from sandbox import Sandbox
from tests.agent.routed_model import PLAN, RoutedModel, code
from tool_bank import Tool, ToolBank
from tool_bank.scripted import ScriptedEncoder

SECRET = Tool(
    name="secret_sum",
    description="The secret sum of a number.",
    source="def secret_sum(number: int) -> int:\n    return number + 1234\n",
    function="secret_sum",
    packages=(),
)
TRIALS = [
    Trial("sum", "What is the secret sum of 1?", 1235),
    Trial("two", "How many letters has the document?", 5, document="house"),
]


def answer(told: str) -> str:
    if "secret sum of 1?" in told:
        return code("answer = secret_sum(1)" if "secret_sum(" in told else "answer = 7")
    return code("answer = len(read_document(name='document.txt'))")


def test_the_bank_is_all_that_differs(tmp_path: Path, box: Sandbox) -> None:
    encoder = ScriptedEncoder()
    with ToolBank.open(tmp_path / "bank", encoder=encoder) as bank:
        bank.add(SECRET)
        means = Means(tmp_path, RoutedModel({PLAN: answer}), box, encoder, bank)
        results = list(evaluate(TRIALS, both_ways(means)))
    assert [(result.trial, result.way, result.is_right) for result in results] == [
        ("sum", WITH, True), ("sum", WITHOUT, False), ("two", WITH, True), ("two", WITHOUT, True),
    ]  # fmt: skip
    assert results[1].state is State.SUCCEEDED  # it claims to be right
    with_bank, without = summaries(results)
    assert (with_bank.right, without.right, without.claimed) == (2, 1, 2)
    assert with_bank.reused == 1.0
