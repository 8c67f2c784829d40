"""Admission: numbers proposed functions and tells the new from the known before anything is paid for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from funsearch.cluster import ScoredProgram
from funsearch.journal import Journal, StoredCandidate
from funsearch.novelty import Kin, NoveltyFilter
from funsearch.sampler import Candidate
from programs import BlockSpecification, ProgramSyntaxError, Specification, fingerprint


class Admission:
    """The numbers given so far; the fingerprints seen so far are the journal's.

    Args:
        specification: Reads what is proposed.
        initial: The program that the run starts from; known from the beginning.
        journal: Knows every candidate of before.
    """

    def __init__(
        self, specification: Specification | BlockSpecification, initial: ScoredProgram, journal: Journal
    ) -> None:
        self._specification = specification
        self._journal = journal
        self._initial = initial.candidate
        self._initial_mark = fingerprint(specification.unit(initial.source))
        self._last_number, _ = journal.counts()
        self._novelty: NoveltyFilter | None = None

    def filter_by(self, novelty: NoveltyFilter) -> None:
        """Turns away from now on what is too similar; the filter is told what was admitted before."""
        novelty.recall(self._journal, self._specification)
        self._novelty = novelty

    def identify(self, candidates: Sequence[Candidate], kin: Kin) -> list[StoredCandidate]:
        """Returns a prompt's candidates, numbered; each says what it duplicates or resembles, if anything.

        Args:
            candidates: What was proposed.
            kin: The prompt's island and parents.
        """
        here: dict[str, int] = {}
        return [
            self._screened(self._identify(candidate, position, here), kin)
            for position, candidate in enumerate(candidates)
        ]

    def _screened(self, candidate: StoredCandidate, kin: Kin) -> StoredCandidate:
        """Returns the candidate, as a defective one where it is too similar to a known program.

        Its fingerprint is not kept: when the island has moved on, it may be proposed again.
        """
        if self._novelty is None or not candidate.is_evaluable:
            return candidate
        program = self._specification.unit(candidate.source)
        why = self._novelty.why_refused(program, kin)
        if why is not None:
            return replace(candidate, fingerprint=None, defect=why)
        self._novelty.remember(candidate.id, program, kin.island)
        return candidate

    def _identify(self, candidate: Candidate, position: int, here: dict[str, int]) -> StoredCandidate:
        self._last_number += 1
        number = self._last_number
        if candidate.defect is not None:
            return StoredCandidate(number, position, candidate.source, None, candidate.defect, None)
        try:
            unit = self._specification.read(candidate.source)
            mark = fingerprint(unit)
        except ProgramSyntaxError as error:
            return StoredCandidate(number, position, candidate.source, None, str(error), None)
        first = self._first_with(mark, here)
        if first is None:
            here[mark] = number
        return StoredCandidate(number, position, unit.source, mark, None, duplicate_of=first)

    def _first_with(self, mark: str, here: dict[str, int]) -> int | None:
        if mark == self._initial_mark:
            return self._initial
        return here[mark] if mark in here else self._journal.first_with(mark)
