"""An everyday tool as a task: its reference is right, its stub is not, and training sees half."""

import pytest

from experiments.tasks.everyday_tool.task import build
from experiments.tools.specifications import reference_answers, reference_path, specification
from funsearch.exceptions import TaskError
from funsearch.task_loading import load_task
from sandbox import open_sandbox


@pytest.fixture(scope="module")
def box():
    with open_sandbox("bubblewrap", packages=()) as opened:
        yield opened


@pytest.mark.parametrize("tool", ["int_to_roman", "merge_intervals"])
def test_the_reference_passes_all_and_the_stub_does_not(box, tool):
    task = load_task(f"everyday_tool?tool={tool}")
    reference, stub = reference_path(tool).read_text(), task.specification.program.text
    for evaluator in (task.training(box), task.held_out(box)):
        assert evaluator.evaluate(reference).score == 1.0
        assert evaluator.evaluate(stub).score < 0.5


@pytest.mark.parametrize("tool", ["int_to_roman", "make_slug"])
def test_training_has_the_examples_and_half_of_the_other_inputs(tool):
    task = build(tool)
    examples = {repr(example.arguments) for example in specification(tool).parsed_examples}
    others = [given for given, _ in reference_answers(tool) if repr(given) not in examples]
    shown, kept = (int(words.split()[0]) for words in (task.training_data, task.held_out_data))
    assert shown == len(examples) + (len(others) + 1) // 2
    assert kept == len(others) // 2 > 20


def test_an_unknown_tool_is_told():
    with pytest.raises(TaskError, match=r"everyday_tool: tool 'fly': expected one of .*int_to_roman"):
        load_task("everyday_tool?tool=fly")
