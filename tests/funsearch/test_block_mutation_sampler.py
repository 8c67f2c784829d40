"""Blocks are mutated one part at a time, within the marks, the same for the same seed."""

import ast

import pytest

from funsearch.block_mutation_sampler import BlockMutationSampler, parts_of, with_part
from funsearch.sampler import Prompt
from programs import ProgramSyntaxError, specification_of

TEXT = '''import numpy as np
# EVOLVE-BLOCK-START
SCALE = 2.0


class Model:
    """A model."""

    def __init__(self, size):
        self.size = size

    def at(self, x):
        """Returns
        the height.
        """
        return self.size * x + SCALE


def total(xs):
    result = 0.0
    for x in xs:
        result = result + Model(1.5).at(x)
    return result
# EVOLVE-BLOCK-END
def outside(x):
    # EVOLVE-BLOCK-START
    x = x * 3.0
    # EVOLVE-BLOCK-END
    return total([x])
'''


@pytest.fixture
def specification():
    return specification_of(TEXT)


def drawn(specification, samples=40, seed=(0, 0, 0)):
    parent = specification.initial
    return BlockMutationSampler(specification).sample(Prompt((parent, parent), seed), samples).candidates


def test_functions_methods_and_plain_statements_are_parts(specification):
    parts = parts_of(specification.initial)
    assert [(part.node.name, part.first, part.column) for part in parts] == [
        ("part", 3, 0),
        ("__init__", 9, 4),
        ("at", 12, 4),
        ("total", 19, 0),
        ("part", 27, 4),
    ]


def test_a_part_put_back_leaves_the_program_equal(specification):
    block = specification.initial
    for part in parts_of(block):
        assert (
            ast.dump(with_part(block, part).program.tree) == ast.dump(block.program.tree)
            or part.node.name == "at"
        )


def test_a_method_put_back_twice_does_not_grow(specification):
    once = specification.initial
    [method] = [part for part in parts_of(once) if part.node.name == "at"]
    once = with_part(once, method)
    [method] = [part for part in parts_of(once) if part.node.name == "at"]
    assert with_part(once, method).source == once.source


def test_mutants_change_and_nothing_outside_the_marks_does(specification):
    candidates = drawn(specification)
    assert len({candidate.source for candidate in candidates}) > 30
    changed = set()
    for candidate in candidates:
        try:
            text = specification.read(candidate.source).program.text
        except ProgramSyntaxError:
            continue
        assert text.startswith("import numpy as np\n# EVOLVE-BLOCK-START\n")
        assert text.endswith("    # EVOLVE-BLOCK-END\n    return total([x])\n")
        changed |= {name for name in ("SCALE = 2.0", "x = x * 3.0", "self.size = size") if name not in text}
    assert changed == {"SCALE = 2.0", "x = x * 3.0", "self.size = size"}


def test_nearly_all_mutants_are_python(specification):
    sound = 0
    for candidate in drawn(specification):
        try:
            specification.read(candidate.source)
            sound += 1
        except ProgramSyntaxError:
            pass
    assert sound >= 38


def test_the_same_seed_gives_the_same_mutants(specification):
    assert drawn(specification, 8) == drawn(specification, 8)
    assert drawn(specification, 8) != drawn(specification, 8, seed=(1, 0, 0))
