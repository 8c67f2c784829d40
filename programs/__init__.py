"""The text of programs as values: parse, rename, replace, fingerprint, prove."""

from programs.code_manipulation import Function, Program, ProgramSyntaxError
from programs.elementwise import is_elementwise
from programs.evolve_block import Block, BlockSpecification, specification_of
from programs.fingerprint import fingerprint
from programs.specification import Specification, SpecificationError, without_marks

__all__ = [
    "Block",
    "BlockSpecification",
    "Function",
    "Program",
    "ProgramSyntaxError",
    "Specification",
    "SpecificationError",
    "fingerprint",
    "is_elementwise",
    "specification_of",
    "without_marks",
]
