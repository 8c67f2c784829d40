"""The text of programs as values: parse, rename, replace, fingerprint, prove."""

from programs.code_manipulation import Function, Program, ProgramSyntaxError
from programs.elementwise import is_elementwise
from programs.evolve_block import Block, BlockSpecification, specification_of
from programs.fingerprint import fingerprint
from programs.specification import Specification, SpecificationError, without_marks
from programs.tool_specification import ToolSpecification, ToolSpecificationError

__all__ = [
    "Block",
    "BlockSpecification",
    "Function",
    "Program",
    "ProgramSyntaxError",
    "Specification",
    "SpecificationError",
    "ToolSpecification",
    "ToolSpecificationError",
    "fingerprint",
    "is_elementwise",
    "specification_of",
    "without_marks",
]
