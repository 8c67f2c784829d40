"""The proof of element-wise use: never wrong, and found for the programs that matter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funsearch.mutation_sampler import MutationSampler
from funsearch.sampler import Prompt
from programs import Specification, is_elementwise

PRELUDE = "import math\nimport numpy as np\n\n"


def proven(body: str, prelude: str = PRELUDE) -> bool:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return is_elementwise(f"{prelude}def priority(item, bins):\n{lines}", "priority", "bins")


@pytest.mark.parametrize(
    "body",
    [
        "return -(bins - item)",
        "return np.where(bins > 2 * item, np.exp(-bins), item / np.maximum(bins, 1))",
        "slack = bins - item\nslack[(slack > 3) & (bins < 90)] = -1\nreturn slack",
        "if item > 50:\n    return bins\nelse:\n    return -bins",
        "score = bins ** 2\nscore += math.sqrt(item)\nreturn abs(score)",
    ],
)
def test_element_wise_programs_are_proven(body):
    assert proven(body)


@pytest.mark.parametrize(
    "body",
    [
        "return bins - max(bins)",
        "return bins - bins.max()",
        "return bins * len(bins)",
        "return bins / np.mean(bins)",
        "return np.where(bins > item)",
        "return np.abs(bins, bins, bins)",
        "score = bins * 1.0\nscore[1:] -= score[:-1]\nreturn score",
        "score = -bins\nscore[bins] = 9\nreturn score",
        "m = 2\nif item > 3:\n    m = bins > 3\ns = -bins\ns[m] = 9\nreturn s",
        "if bins > 3:\n    return bins\nreturn -bins",
        "return bins and item",
        "return bins[::-1]",
        "return np.array([b for b in bins if b > 3])",
        "return np.array([i * b for i, b in enumerate(bins)])",
        "return sorted(bins)",
        "return bins @ bins",
        "global seen\nseen = bins\nreturn bins",
        "np = item\nreturn np.abs(bins)",
        "return item",
        "for b in bins:\n    item += b\nreturn bins * item",
        "return np.random.random(3) * bins",
        "return np.arange(3) + bins",
        "def f(x):\n    return f(x)\nreturn f(bins)",
        "def bins(x):\n    return x\nreturn bins(item)",
        "return eval('bins')",
        "return np.array([0.5 if b == 37 else 1 for b in bins]) * 2**62",
        "def bump(a):\n    a += 1\n    return 0\nreturn np.array([b + bump(bins) for b in bins])",
        "x = bins\ndef g():\n    return x\ndef f(x):\n    return min(g())\nreturn bins * f(1)",
        "score = bins\nscore @= score\nreturn score",
        "return (lambda b: b.sum())(bins)",
    ],
)
def test_whatever_may_look_beyond_the_element_is_refused(body):
    assert not proven(body)


@pytest.mark.parametrize(
    "prelude",
    [
        "import numpy as np\nabs = len\n",
        "import numpy as np\ndef abs(x):\n    return len(x)\n",
        "from numpy import sort as abs\nimport numpy as np\n",
        "import random as np\n",
        "import numpy as np\ndef helper(x=np.__dict__.update(abs=len)):\n    return x\n",
    ],
)
def test_a_module_that_rebinds_what_the_proof_relies_on_is_refused(prelude):
    assert not proven("return abs(np.abs(bins))", prelude)


def test_default_arguments_decorators_and_calls_in_annotations_are_refused():
    for head in (
        "def priority(item, bins, k=[]):",
        "@f\ndef priority(item, bins):",
        "def priority(item, bins: f()):",
        "def priority(item, bins: f().x):",
    ):
        assert not is_elementwise(f"{PRELUDE}{head}\n    return bins\n", "priority", "bins")


SPECIFICATION = Specification.from_text(
    "import funsearch\nimport numpy as np\n\n"
    "@funsearch.evolve\ndef priority(item, bins):\n    return -(bins - item)\n"
)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), picks=st.lists(st.integers(0, 80), min_size=1, max_size=12))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_values_on_any_bins_are_those_read_off_the_full_table(seed, picks):
    """Runs mutants of ours, which are harmless, in this process."""
    sampler = MutationSampler(SPECIFICATION)
    parents = (SPECIFICATION.function,)
    for step in range(3):
        candidate = sampler.sample(Prompt(parents, (seed, 0, step)), 1).candidates[0]
        parents = (type(SPECIFICATION.function)("priority", candidate.source),)
    source = SPECIFICATION.source_with(parents[0])
    if not is_elementwise(source, "priority", "bins"):
        return
    namespace: dict = {}
    exec(source, namespace)
    item, table = 20, np.arange(20, 101)
    try:
        whole = namespace["priority"](item, table.copy())
        some = namespace["priority"](item, table[picks])
    except (ValueError, TypeError, OverflowError, ZeroDivisionError):
        return
    if np.shape(whole) == table.shape:
        np.testing.assert_array_equal(np.asarray(whole)[picks], some)
