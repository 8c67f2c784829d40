"""Programs whose evolved part is a block: what stands between two marks, in OpenEvolve's file format.

    # EVOLVE-BLOCK-START
    functions, classes, constants: whatever may be rewritten
    # EVOLVE-BLOCK-END

Everything outside stays as it is, byte for byte. A program without marks is a block as a whole. Several
blocks evolve together: their text is that of each, with the two marks between them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from programs.code_manipulation import FunctionNode, Program, ProgramSyntaxError, lines_of
from programs.specification import Specification, SpecificationError

START = "# EVOLVE-BLOCK-START"
END = "# EVOLVE-BLOCK-END"
SEPARATOR = f"{END}\n{START}\n"


@dataclass(frozen=True)
class Block:
    """One version of the evolved part, and the program that it stands in.

    Attributes:
        source: The text of the block; of several, with the marks between them.
        specification: The program around it.
    """

    source: str
    specification: BlockSpecification

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.specification.function_to_evolve

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The text of each block, in order."""
        return tuple(_regions(self.source))

    @cached_property
    def program(self) -> Program:
        """The whole program with this block in place; raises ProgramSyntaxError."""
        return Program(self.specification.program_with(self.source))

    @property
    def line_ranges(self) -> Iterator[range]:
        """Yields the line numbers of each region in the whole program."""
        line = 1
        for fixed, region in zip(self.specification.fixed, self.regions, strict=False):
            line += len(lines_of(fixed))
            count = len(lines_of(region))
            yield range(line, line + count)
            line += count

    def with_region(self, index: int, text: str) -> Block:
        """Returns the block with another text in one of its regions."""
        regions = [*self.regions[:index], text, *self.regions[index + 1 :]]
        return Block(SEPARATOR.join(map(_ended, regions)), self.specification)


@dataclass(frozen=True)
class BlockSpecification:
    """A program with one or more blocks to evolve.

    Attributes:
        program: The initial program, as it stands in its file.
        fixed: The texts before, between and after the blocks, the lines with the marks included.
        source: The initial text of the blocks.
    """

    program: Program
    fixed: tuple[str, ...]
    source: str
    function_to_evolve: str = "block"
    run_function: str | None = None

    @property
    def in_words(self) -> str:
        """What evolves."""
        count = len(self.fixed) - 1
        lines = len(lines_of(self.source)) - 2 * (count - 1)
        where = "the whole program" if not any(self.fixed) else f"{count} block{'s' if count > 1 else ''}"
        return f"{where}, {lines} lines"

    @property
    def initial(self) -> Block:
        """The block that evolution starts from."""
        return Block(self.source, self)

    def unit(self, source: str) -> Block:
        """Returns a version of the block; nothing is checked."""
        return Block(source, self)

    def read(self, text: str) -> Block:
        """Returns the block that `text` holds.

        Raises:
            ProgramSyntaxError: The program is no Python with it, or it has not as many blocks as the program.
        """
        regions = _regions(_between_marks(text))
        if len(regions) != len(self.fixed) - 1:
            raise ProgramSyntaxError(
                f"expected {len(self.fixed) - 1} blocks, with the lines {END!r} and {START!r} between them, "
                f"found {len(regions)}"
            )
        if not text.strip():
            raise ProgramSyntaxError("expected the text of a block, found nothing")
        block = Block(SEPARATOR.join(map(_ended, regions)), self)
        block.program  # noqa: B018 - parsed here, so that a block that is admitted is Python in its place
        return block

    def program_with(self, source: str) -> str:
        """Returns the whole program's text with another text of the blocks."""
        parts = [self.fixed[0]]
        for region, fixed in zip(_regions(source), self.fixed[1:], strict=False):
            parts += [_ended(region) if fixed else region, fixed]
        return "".join(parts)

    def check_program(self, text: str) -> None:
        """Raises ProgramSyntaxError where `text` is not Python; any program may be scored."""
        Program(text)


def specification_of(text: str) -> Specification | BlockSpecification:
    """Returns what evolves in a program: its blocks; the function, where a single block is just that.

    Raises:
        SpecificationError: Not Python, marks inside marks, or nothing to evolve between them.
    """
    try:
        program = Program(text)
    except ProgramSyntaxError as error:
        raise SpecificationError(f"expected Python, found an error at {error}") from error
    fixed, regions = _split(text)
    specification = BlockSpecification(program, tuple(fixed), SEPARATOR.join(regions))
    inside = [node for node in program.tree.body if _is_inside(node, specification.initial)]
    if not any(region.strip() for region in regions) or not _has_code(specification.initial):
        raise SpecificationError(f"expected code between {START} and {END}, found none")
    if len(regions) == 1 and len(inside) == 1:
        [only] = inside
        if isinstance(only, FunctionNode) and program.function_node(only.name) is only:
            return Specification(program, only.name)
    return specification


def _split(text: str) -> tuple[list[str], list[str]]:
    """Returns the texts around the blocks, marks included, and those of the blocks."""
    fixed, regions = [""], []
    is_open = False
    for number, line in enumerate(lines_of(text), start=1):
        if START in line:
            if is_open:
                raise SpecificationError(f"line {number}: expected {END}, found another {START}")
            is_open = True
            fixed[-1] += line
            regions.append("")
        elif END in line and is_open:
            is_open = False
            fixed.append(line)
        elif is_open:
            regions[-1] += line
        else:
            fixed[-1] += line
    if not regions:
        return ["", ""], [text]
    if is_open:  # a block without an end goes to the end of the file
        fixed.append("")
    return fixed, regions


def _is_inside(node: ast.stmt, block: Block) -> bool:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return any(first in lines and (node.end_lineno or first) in lines for lines in block.line_ranges)


def _has_code(block: Block) -> bool:
    statements = [node for node in ast.walk(block.program.tree) if isinstance(node, ast.stmt)]
    return any(_is_inside(node, block) for node in statements)


def _regions(source: str) -> Sequence[str]:
    """Returns the texts between the pairs of marks."""
    regions = [""]
    was_end = False
    for line in lines_of(source):
        if START in line and was_end:
            regions.append("")
        elif END not in line:
            regions[-1] += line
        was_end = END in line
    return regions


def _between_marks(text: str) -> str:
    """Returns what stands inside the marks of a text that repeats the whole program, else all of it."""
    lines = lines_of(text)
    marks = [index for index, line in enumerate(lines) if START in line or END in line]
    if not marks or START not in lines[marks[0]]:
        return text
    _, regions = _split(text)
    return SEPARATOR.join(map(_ended, regions))


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else text + "\n"
