"""Admission: numbers proposed functions and tells the new from the known before anything is paid for them."""

from __future__ import annotations

from funsearch.cluster import ScoredProgram
from funsearch.journal import StoredCandidate
from funsearch.sampler import Candidate
from programs import Function, ProgramSyntaxError, fingerprint


class Admission:
    """The numbers given so far and the fingerprints seen so far.

    Args:
        name: What the evolved function is called.
        initial: The program that the run starts from; known from the beginning.
    """

    def __init__(self, name: str, initial: ScoredProgram) -> None:
        self._name = name
        self._known = {fingerprint(initial.source): initial.candidate}
        self._next_number = initial.candidate + 1

    def identify(self, candidate: Candidate, position: int) -> StoredCandidate:
        """Returns the candidate with its number, its fingerprint and what it duplicates, if anything."""
        number = self._next_number
        self._next_number += 1
        if candidate.defect is not None:
            return StoredCandidate(number, position, candidate.source, None, candidate.defect, None)
        try:
            function = Function.from_text(candidate.source).renamed(self._name)
            mark = fingerprint(function.source)
        except ProgramSyntaxError as error:
            return StoredCandidate(number, position, candidate.source, None, str(error), None)
        first = self._known.setdefault(mark, number)
        return StoredCandidate(
            number, position, function.source, mark, None, duplicate_of=None if first == number else first
        )

    def remember(self, candidate: StoredCandidate) -> None:
        """Takes up a candidate of the journal as it was identified before."""
        self._next_number = max(self._next_number, candidate.id + 1)
        if candidate.fingerprint is not None and candidate.duplicate_of is None:
            self._known[candidate.fingerprint] = candidate.id
