"""How many everyday tools come out right: `python -m experiments.bench_create [--tools NAME ...]`.

The model is that of `funsearch create`: the endpoint in the environment, else the embedded one
($FUNSEARCH_MODEL_FILE). A tool is right when it agrees with the reference, which no generator sees, on every
one of its hidden inputs. Beside it stands one-shot sampling from the same replies: the first draft, and the
first that meets the examples.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluators.tool_runner import ToolRunner
from experiments.tools.specifications import names, reference_answers, specification
from funsearch import samplers
from funsearch.creation import create
from funsearch.creator import Plan
from funsearch.draft_prompts import MENDING
from funsearch.drafts import Draft, continued, read_draft
from funsearch.tool_task import program_of
from language_models import ChatBackend, ChatRequest, CompletionRequest, ModelError
from language_models.backend import Completions
from programs import ToolSpecification
from programs.comparison import differ
from sandbox import Sandbox, open_sandbox
from tool_bank import ToolBank


@dataclass(frozen=True)
class Result:
    """What came of one tool.

    Attributes:
        tool: Its name.
        outcome: Of `funsearch create`.
        right: Whether it agrees with the reference on every hidden input.
        first_try: Whether the first draft alone does.
        best_of: Whether the first draft that meets the examples does.
        drafts: Programs asked of the model.
        tokens: Tokens read and written.
        seconds: Wall time of the creation.
        cases: Generated test cases.
        why: What the creation said of an outcome other than "active".
    """

    tool: str
    outcome: str
    right: bool
    first_try: bool
    best_of: bool
    drafts: int
    tokens: int
    seconds: float
    cases: int
    why: str


class _Recorder:
    """A chat backend that remembers what it replied to requests that show no program."""

    def __init__(self, backend: ChatBackend) -> None:
        self._backend = backend
        self.replies: list[str] = []

    @property
    def name(self) -> str:
        return self._backend.name

    def chat(self, request: ChatRequest) -> Completions:
        answer = self._backend.chat(request)
        if MENDING not in request.messages[-1].content:
            self.replies += answer.texts
        return answer

    def complete(self, request: CompletionRequest) -> Completions:
        complete: Callable[[CompletionRequest], Completions] = self._backend.complete  # type: ignore[attr-defined]
        answer = complete(request)
        self.replies += (continued(request, text) for text in answer.texts)
        return answer


def main() -> None:
    """Prints a line for each tool, and the shares."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tools", nargs="+", default=names()[:25], help="25 of the tools by default")
    options.add_argument("--minutes", type=float, default=10.0)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", type=Path, help="JSON Lines file for the results")
    chosen = options.parse_args()
    results: list[Result] = []
    with samplers.chat_backend() as backend, open_sandbox("auto", packages=()) as box:
        print(f"model {backend.name}, sandbox {box.backend}, load {os.getloadavg()[0]:.1f}", flush=True)
        for name in chosen.tools:
            results.append(_measured(name, backend, box, chosen.seed, chosen.minutes))
            print(_line(results[-1]), flush=True)
            if chosen.out is not None:
                with chosen.out.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(results[-1])) + "\n")
    _summarise(results)


def _measured(name: str, backend: ChatBackend, box: Sandbox, seed: int, minutes: float) -> Result:
    wanted = specification(name)
    started = time.monotonic()
    recorder = _Recorder(backend)
    with tempfile.TemporaryDirectory() as folder, ToolBank.open(folder) as bank:
        try:
            made = create(wanted, recorder, box, bank, Plan(seed, minutes))
        except ModelError as error:
            return Result(
                name, "failed", False, False, False, 0, 0, time.monotonic() - started, 0, str(error)
            )
    seconds = time.monotonic() - started
    drafts = [read_draft(reply, wanted) for reply in recorder.replies]
    return Result(
        tool=name,
        outcome=made.outcome,
        right=_is_right(made.source, wanted, box),
        first_try=_is_draft_right(drafts[:1], wanted, box),
        best_of=_is_draft_right(_first_fitting(drafts, wanted, box), wanted, box),
        drafts=made.spent.drafts,
        tokens=made.spent.tokens,
        seconds=seconds,
        cases=len(made.suite.cases),
        why=made.why,
    )


def _first_fitting(drafts: Sequence[Draft], wanted: ToolSpecification, box: Sandbox) -> Sequence[Draft]:
    """Returns the first draft that meets every example, in a list; none where none does."""
    calls = [example.arguments for example in wanted.parsed_examples]
    expected = [example.expected for example in wanted.parsed_examples]
    for draft in drafts:
        if draft.function is not None:
            source = program_of(wanted, draft.function)
            if _agrees(source, wanted, calls, expected, box):
                return [draft]
    return []


def _is_draft_right(drafts: Sequence[Draft], wanted: ToolSpecification, box: Sandbox) -> bool:
    functions = [draft.function for draft in drafts if draft.function is not None]
    return bool(functions) and _is_right(program_of(wanted, functions[0]), wanted, box)


def _is_right(source: str, wanted: ToolSpecification, box: Sandbox) -> bool:
    inputs, expected = zip(*reference_answers(wanted.name), strict=True)
    return _agrees(source, wanted, inputs, expected, box)


def _agrees(
    source: str,
    wanted: ToolSpecification,
    inputs: Sequence[Sequence[object]],
    expected: Sequence[object],
    box: Sandbox,
) -> bool:
    found = ToolRunner(box, wanted.name).run(source, inputs)
    return found.failure is None and all(
        answer.is_value and not differ(value, answer.value, any_order=wanted.any_order)
        for answer, value in zip(found.answers, expected, strict=True)
    )


def _line(result: Result) -> str:
    marks = ["right" if result.right else "WRONG", f"first try {'right' if result.first_try else 'wrong'}"]
    cost = f"{result.drafts} drafts, {result.tokens} tokens, {result.seconds:.0f} s, {result.cases} cases"
    return f"{result.tool:20} {result.outcome:12} {', '.join(marks)}; {cost} {result.why[:60]}"


def _summarise(results: Sequence[Result]) -> None:
    count = len(results)
    for title, right in (
        ("funsearch create", [result.right for result in results]),
        ("one draft", [result.first_try for result in results]),
        ("first draft that meets the examples", [result.best_of for result in results]),
    ):
        print(f"{title:50} {sum(right):3} of {count} right ({sum(right) / count:.0%})")
    active = [result.right for result in results if result.outcome == "active"]
    print(f"{'of those admitted as active':50} {sum(active):3} of {len(active)} right")
    tokens, seconds = (sum(map(float, figures)) / count for figures in zip(
        *((result.tokens, result.seconds) for result in results), strict=True))  # fmt: skip
    print(f"a tool costs {tokens:.0f} tokens and {seconds:.0f} s in the mean")


if __name__ == "__main__":
    main()
