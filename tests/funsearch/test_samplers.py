"""Samplers: mutants that run, prompts as the paper has them, answers read strictly."""

import ast
from contextlib import nullcontext

import pytest

from funsearch import samplers
from funsearch.chat_sampler import ChatSampler
from funsearch.completion_sampler import BODY_PROFILE, EXPRESSION_PROFILE, CompletionSampler
from funsearch.config import RunConfig
from funsearch.exceptions import ConfigError, SamplerError
from funsearch.grammar import return_expression
from funsearch.mutation_sampler import MAX_NODES, MutationSampler
from funsearch.prompt import best_shot, read_continuation, read_reply
from funsearch.sampler import Prompt
from language_models import ModelRequestFailed
from language_models.scripted import ScriptedBackend
from programs import Function, ProgramSyntaxError
from tests.language_models.chat_server import completion, serving

BETTER = Function.from_text('def value(x, y):\n    """Returns a number."""\n    return x * y + 3\n')

GOLDEN = '''"""A toy."""


def value_v0(x, y):
    """Returns a number."""
    return x + 1


def value_v1(x, y):
    """Improved version of `value_v0`."""
    return x * y + 3


def value_v2(x, y):
    """Improved version of `value_v1`."""
'''


@pytest.fixture
def prompt(specification):
    return Prompt((specification.function, BETTER), (0, 0, 7))


def test_the_best_shot_prompt_shows_the_versions_and_the_head_of_the_next(specification, prompt):
    assert best_shot(specification, prompt.parents).text == GOLDEN


def test_a_continuation_is_cut_where_the_body_ends(specification, prompt):
    shot = best_shot(specification, prompt.parents)
    text = "    z = x\n\n    # sum\n    return z + y\n\n\ndef other():\n    pass\n"
    assert read_continuation(shot, text).source.endswith("    z = x\n\n    # sum\n    return z + y\n")


def test_a_continuation_cut_in_mid_statement_loses_that_statement(specification, prompt):
    shot = best_shot(specification, prompt.parents)
    assert read_continuation(shot, "    return x\n    y = (1 +").source.endswith("    return x\n")


@pytest.mark.parametrize("text", ["", "\n\n", "return x\n", "    return (\n", "Sure! Here it is.\n"])
def test_a_continuation_that_is_no_body_is_refused(specification, prompt, text):
    with pytest.raises(ProgramSyntaxError, match="value_v2"):
        read_continuation(best_shot(specification, prompt.parents), text)


def test_a_reply_is_read_from_its_first_block_of_code(specification, prompt):
    shot = best_shot(specification, prompt.parents)
    reply = "Here:\n```python\nimport math\n\ndef value_v2(x, y):\n    return y\n```\nor\n```\nx\n```"
    assert read_reply(shot, reply, "value").source == "def value_v2(x, y):\n    return y\n"
    assert read_reply(shot, "def value(x, y):\n    return 1\n", "value").name == "value"
    assert read_reply(shot, "def value_v7(x, y):\n    return 1\n", "value").name == "value_v7"
    with pytest.raises(ProgramSyntaxError):
        read_reply(shot, "I cannot do that.", "value")


def test_equal_prompts_give_equal_mutants_and_other_seeds_others(specification, prompt):
    sampler = MutationSampler(specification)
    first = sampler.sample(prompt, 4)
    assert first == sampler.sample(prompt, 4)
    assert first != sampler.sample(Prompt(prompt.parents, (0, 0, 8)), 4)


def test_mutants_are_functions_of_the_same_head_within_bounds(specification, prompt):
    sampler = MutationSampler(specification)
    parents = prompt.parents
    for ticket in range(150):
        candidates = sampler.sample(Prompt(parents, (1, 0, ticket)), 2).candidates
        for candidate in candidates:
            function = Function.from_text(candidate.source)
            assert function.name == "value"
            assert function.parameters == ("x", "y")
            assert sum(isinstance(node, ast.expr) for node in ast.walk(function.node)) <= MAX_NODES
        parents = (parents[-1], Function("value", candidates[0].source))


def test_mutants_differ_from_their_parents(specification, prompt):
    sources = [c.source for c in MutationSampler(specification).sample(prompt, 50).candidates]
    assert sum(source in {parent.source for parent in prompt.parents} for source in sources) == 0
    assert len(set(sources)) > 40


def test_a_completion_becomes_a_candidate_under_the_evolved_name(specification, prompt):
    backend = ScriptedBackend([" x * 2\n"])
    sampler = CompletionSampler(backend, specification, EXPRESSION_PROFILE)
    [candidate] = sampler.sample(prompt, 1).candidates
    assert candidate.source == 'def value(x, y):\n    """Returns a number."""\n    return x * 2\n'
    [request] = backend.requests
    assert request.prompt == GOLDEN + "    return"
    assert request.grammar is not None


def test_a_useless_completion_is_a_defect_and_not_an_error(specification, prompt):
    sampler = CompletionSampler(ScriptedBackend(["nonsense ((", ""]), specification, BODY_PROFILE)
    assert all(candidate.defect for candidate in sampler.sample(prompt, 2).candidates)


def test_a_chat_reply_becomes_a_candidate(specification, prompt):
    backend = ScriptedBackend(["```python\ndef value_v2(x, y):\n    return y\n```", "no"])
    good, bad = ChatSampler(backend, specification).sample(prompt, 2).candidates
    assert good.source == 'def value(x, y):\n    """Returns a number."""\n    return y\n'
    assert bad.defect
    assert "def value_v1(x, y)" in backend.requests[0].messages[-1].content


def test_a_failing_model_is_a_failing_sampler(specification, prompt):
    def fail(request):
        raise ModelRequestFailed("overloaded")

    for sampler in (
        ChatSampler(ScriptedBackend(fail), specification),
        CompletionSampler(ScriptedBackend(fail), specification, BODY_PROFILE),
    ):
        with pytest.raises(SamplerError, match="overloaded"):
            sampler.sample(prompt, 1)


def test_an_unknown_sampler_is_named_with_those_there_are(specification):
    with pytest.raises(SamplerError, match="mutation, embedded, openai, openai-edits, found 'magic'"):
        samplers.check("magic")


@pytest.mark.parametrize("content", [None, b"GGUF", b"not a model"])
def test_a_model_file_missing_or_truncated_is_said_before_anything_runs(tmp_path, monkeypatch, content):
    path = tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("FUNSEARCH_MODEL_FILE", str(path))
    with pytest.raises(SamplerError, match=r"(?s)SmolLM2.*make model.*--samplers mutation"):
        samplers.check("embedded")


@pytest.mark.model
def test_the_embedded_model_proposes_functions_that_parse(specification, prompt):
    sampler = samplers.build("embedded", specification, RunConfig("t"))
    drawn = sampler.sample(prompt, 4)
    assert len(drawn.candidates) == 4
    assert drawn.completion_tokens > 0
    sound = [candidate for candidate in drawn.candidates if candidate.defect is None]
    assert sound
    for candidate in sound:
        assert Function.from_text(candidate.source).parameters == ("x", "y")


def test_who_waits_for_a_reply_has_all_the_cores(monkeypatch):
    opened = []

    def open_model(path, **settings):
        opened.append(settings)
        return nullcontext(ScriptedBackend(lambda request: ""))

    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr("language_models.llama_backend.LlamaBackend", open_model)
    for cores, threads in ((1, 1), (3, 3), (64, 8)):
        monkeypatch.setattr("language_models.machine_memory.available_cores", lambda cores=cores: cores)
        with samplers.chat_backend(512):
            assert opened[-1] == {"context_tokens": 512, "threads": threads}


def test_the_grammar_names_the_parameters_and_numpy_only_where_it_is_imported():
    assert '"x" | "y"' in return_expression(["x", "y"], None)
    assert "np." not in return_expression(["x"], None)
    assert "np.where(" in return_expression(["x"], "np")
    of_sequence = return_expression(["x", "n"], None, ["x"])
    assert '"x[" "-"? [0-2] "]"' in of_sequence
    assert ' | "n"' in of_sequence
    assert '"x" |' not in of_sequence


def test_an_endpoint_in_the_environment_joins_the_ensemble_and_proposes(specification, prompt, monkeypatch):
    monkeypatch.delenv("FUNSEARCH_MODEL", raising=False)
    reply = "```python\ndef value_v2(x, y):\n    return y\n```"
    with serving(lambda body: (200, completion(*[reply] * body["n"]))) as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        assert samplers.default_samplers() == ("mutation", "embedded", "openai")
        samplers.check("openai")
        drawn = samplers.build("openai", specification, RunConfig("t", samplers=("openai",))).sample(
            prompt, 3
        )
    assert len(drawn.candidates) == 3
    assert all(candidate.source.endswith("    return y\n") for candidate in drawn.candidates)


def test_an_endpoint_that_does_not_answer_is_said_before_anything_runs(monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(SamplerError, match=r"127\.0\.0\.1:9"):
        samplers.check("openai")
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SamplerError, match="OPENAI_BASE_URL"):
        samplers.check("openai")
    assert samplers.default_samplers() == ("mutation", "embedded")


@pytest.mark.parametrize("rate", ["requests_per_minute", "tokens_per_minute"])
def test_a_rate_is_for_endpoints_and_is_positive(rate):
    assert getattr(RunConfig("toy", samplers=("openai",), **{rate: 7}), rate) == 7
    with pytest.raises(ConfigError, match=f"expected an endpoint among them for {rate}"):
        RunConfig("toy", samplers=("mutation",), **{rate: 7})
    with pytest.raises(ConfigError, match=rate):
        RunConfig("toy", samplers=("openai",), **{rate: 0})


def test_a_rate_of_tokens_reaches_the_endpoint(specification, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    config = RunConfig("toy", samplers=("openai",), tokens_per_minute=50_000)
    built = samplers.build("openai", specification, config)
    assert "at most 50,000 tokens a minute" in built.description
