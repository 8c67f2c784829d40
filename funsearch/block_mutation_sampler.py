"""Proposes blocks by mutating one part of a parent: a function, a method, or a run of plain statements.

The operators are those of `MutationSampler`; the part is drawn by its size. Deterministic: everything drawn
comes from the prompt's seed.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from funsearch.expressions import Material
from funsearch.mutation import Mutation
from funsearch.mutation_sampler import FROM_BEST_PARENT, GROWTH, MAX_NODES
from funsearch.sampler import Candidate, Prompt, Samples
from funsearch.scope import Survey
from funsearch.syntax_tree import size
from funsearch.vocabulary import vocabulary_of
from programs import Block, BlockSpecification
from programs.code_manipulation import FunctionNode, is_docstring, lines_of

_ATTEMPTS = 20
_BODIES = ("body", "orelse", "finalbody")
# Statements whose expressions are none that could be mutated, or that others rely on.
_FIXED = ast.Import | ast.ImportFrom | ast.Global | ast.Nonlocal | ast.Pass


@dataclass(frozen=True)
class Part:
    """Something in a block that can be mutated by itself.

    Attributes:
        node: A function's tree; of plain statements, one made up around them.
        first: Line of its first statement in the whole program.
        last: Line of its end.
        column: Its indentation.
        is_function: Whether the text is the whole function, rather than the statements in its body.
    """

    node: FunctionNode
    first: int
    last: int
    column: int
    is_function: bool

    @property
    def text(self) -> str:
        """The part as it is to stand in the program."""
        ast.fix_missing_locations(self.node)
        shown: Sequence[ast.stmt] = [self.node] if self.is_function else self.node.body
        return textwrap.indent("\n".join(map(ast.unparse, shown)) + "\n", " " * self.column)


def parts_of(block: Block) -> list[Part]:
    """Returns what can be mutated in a block, in order; the trees are the caller's to change."""
    tree = ast.parse(block.program.text)  # a tree of our own: parsing beats deep copying
    return list(_parts_in(tree.body, list(block.line_ranges), ()))


def _parts_in(
    body: Sequence[ast.stmt], regions: Sequence[range], parameters: Sequence[ast.arg]
) -> Iterator[Part]:
    """Yields the parts among some statements; `parameters` are those of the function around them."""
    run: list[ast.stmt] = []
    for index, node in enumerate(body):
        inside = any(node.lineno in lines and (node.end_lineno or 0) in lines for lines in regions)
        is_plain = not isinstance(node, FunctionNode | ast.ClassDef | _FIXED)
        if inside and is_plain and not (index == 0 and is_docstring(node)):
            run.append(node)
            continue
        yield from _plain(run, parameters)
        run = []
        if inside and isinstance(node, FunctionNode):
            yield _function(node)
        else:
            around = node.args.args if isinstance(node, FunctionNode) else parameters
            for field in _BODIES:
                yield from _parts_in(getattr(node, field, []), regions, around)
    yield from _plain(run, parameters)


def _function(node: FunctionNode) -> Part:
    first = node.body[0]
    if node.col_offset and is_docstring(first) and isinstance(first.value, ast.Constant):
        first.value.value = inspect.cleandoc(str(first.value.value))  # it is indented again when written
    return Part(node, node.lineno, node.end_lineno or node.lineno, node.col_offset, is_function=True)


def _plain(statements: Sequence[ast.stmt], parameters: Sequence[ast.arg]) -> Iterator[Part]:
    if not statements:
        return
    arguments = ast.arguments([], list(parameters), None, [], [], None, [])
    node = ast.FunctionDef("part", arguments, list(statements), [], None, None, lineno=1, col_offset=0)
    first, last = statements[0], statements[-1]
    yield Part(node, first.lineno, last.end_lineno or last.lineno, first.col_offset, is_function=False)


def with_part(block: Block, part: Part) -> Block:
    """Returns the block with the part's text in place of the lines that it was read from."""
    for index, lines in enumerate(block.line_ranges):
        if part.first in lines:
            text = lines_of(block.regions[index])
            before, after = text[: part.first - lines.start], text[part.last - lines.start + 1 :]
            return block.with_region(index, "".join([*before, part.text, *after]))
    raise ValueError(f"part at line {part.first}: expected one of this block")


class BlockMutationSampler:
    """A sampler of mutated blocks.

    Args:
        specification: The program around the blocks.
    """

    def __init__(self, specification: BlockSpecification) -> None:
        self._program = specification.program
        parts = parts_of(specification.initial)
        self._parts = len(parts)
        self._largest = max(MAX_NODES, int(GROWTH * sum(size(part.node) for part in parts)))

    @property
    def description(self) -> str:
        """What is at work."""
        return f"syntax tree mutation and crossover; parts of the block: {self._parts}"

    def sample(self, prompt: Prompt, samples: int) -> Samples:
        """Returns exactly `samples` candidates."""
        rng = np.random.default_rng(np.random.SeedSequence(prompt.seed[0], spawn_key=prompt.seed[1:]))
        parents = prompt.blocks
        return Samples(tuple(self._mutant(rng, parents) for _ in range(samples)))

    def _mutant(self, rng: np.random.Generator, parents: Sequence[Block]) -> Candidate:
        count = len(parents)
        base = parents[-1] if rng.random() < FROM_BEST_PARENT else parents[int(rng.integers(count))]
        donors = parts_of(parents[int(rng.integers(count))])
        for _ in range(_ATTEMPTS):
            parts = [part for part in parts_of(base) if Survey.of(part.node).places]
            if not parts:
                break
            sizes = np.array([size(part.node) for part in parts])
            part = parts[int(rng.choice(len(parts), p=sizes / sizes.sum()))]
            material = Material(_donor(rng, part, donors))
            Mutation(rng, vocabulary_of(self._program, part.node), part.node, material).apply()
            source = with_part(base, part).source
            if source != base.source and sum(size(each.node) for each in parts) <= self._largest:
                return Candidate(source)
        return Candidate(base.source)  # found to be a duplicate later, and not paid for


def _donor(rng: np.random.Generator, part: Part, donors: Sequence[Part]) -> FunctionNode:
    """Returns the part of the other parent that goes by the same name, else any."""
    alike = [donor for donor in donors if donor.node.name == part.node.name]
    return (alike or donors)[int(rng.integers(len(alike or donors)))].node
