"""The population loop: draw prompts, admit samples, score them, register them; stop within the budget."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from funsearch.admission import Admission
from funsearch.cluster import ScoredProgram
from funsearch.config import Budget, TokenPrices
from funsearch.ensemble import Ensemble
from funsearch.exceptions import RunError
from funsearch.journal import Journal, StoredCandidate, Ticket
from funsearch.novelty import Kin, NoveltyFilter
from funsearch.population import Population
from funsearch.progress import Observer, Progress
from funsearch.sampler import Prompt
from funsearch.stops import Stops
from funsearch.stream import OpenTicket, Stream, StreamPlan
from funsearch.tally import Tally
from funsearch.workers import Evaluated, EvaluationJob, Sampled, SampleJob, Workers
from programs import BlockSpecification, Specification

COLLECT_SECONDS = 0.2
DRAIN_SECONDS = 10.0
# This many prompts in a row without a single new program: the samplers have nothing more to say.
EXHAUSTED_TICKETS = 500
FAILURES_TO_SWITCH_OFF = 3


class Evolution:
    """One run over a journal that may already hold a part of it.

    Args:
        specification: The program around the function or the blocks to evolve.
        archive: A fresh population; what the journal holds is registered in it again.
        journal: Where everything is stored before anything else sees it.
        plans: The samplers, in the order that numbers their random streams.
        workers: Who samples and scores.
        seed: The run's seed.
    """

    def __init__(
        self,
        specification: Specification | BlockSpecification,
        archive: Population,
        journal: Journal,
        plans: Sequence[StreamPlan],
        workers: Workers,
        seed: int,
    ) -> None:
        self._specification = specification
        self._archive = archive
        self._journal = journal
        self._workers = workers
        self._seed = seed
        self._streams = {plan.name: Stream(plan, index) for index, plan in enumerate(plans)}
        self._tally = Tally(plan.name for plan in plans)
        self._ensemble = Ensemble(self._tally.counts, plans)
        self._initial = archive.best
        self._admission = Admission(specification, archive.best, journal)
        self._under_way = 0
        self._barren_tickets = 0
        self._elapsed_before = 0.0
        self._started = time.monotonic()
        self._stops = Stops(Budget(evaluations=1))
        self.stop_reason: str | None = None
        self.switched_off: dict[str, str] = {}

    def run(
        self,
        budget: Budget,
        observer: Observer,
        prices: TokenPrices | None = None,
        novelty: NoveltyFilter | None = None,
    ) -> str:
        """Runs until the budget is used or `stop` is called; returns the reason.

        Args:
            budget: When to end.
            observer: Told where the run stands.
            prices: What a budget of money is counted by.
            novelty: Turns away what is too similar to known programs; None for no such filter.

        Raises:
            WorkersLost: The machinery failed; the journal holds all that was completed.
        """
        self._stops = Stops(budget, prices)
        if novelty is not None:
            self._admission.filter_by(novelty)
        self._replay()
        self._started = time.monotonic()
        self._check_budget()
        while self.stop_reason is None:
            self._step(observer)
        self._drain(observer)
        return self.stop_reason

    def stop(self, reason: str) -> None:
        """Asks the loop to end after what is being evaluated; the first reason counts."""
        self.stop_reason = self.stop_reason or reason

    @property
    def progress(self) -> Progress:
        """Where the run stands."""
        return Progress(
            elapsed_seconds=self._elapsed(),
            evaluations=self._tally.evaluations,
            best_score=self._archive.best.score,
            best_source=self._archive.best.source,
            best_sampler=self._tally.best_sampler,
            best_per_island=tuple(self._archive.best_per_island),
            samplers=self._tally.snapshot(),
            resets=self._archive.resets,
            niches_per_island=tuple(self._archive.niches_per_island),
        )

    # -- the loop ------------------------------------------------------------------------------------

    def _step(self, observer: Observer) -> None:
        self._draw_all()
        self._handle(self._workers.collect(COLLECT_SECONDS))
        self._check_budget()
        observer.on_progress(self.progress)

    def _drain(self, observer: Observer) -> None:
        """Waits a little for evaluations under way: they are paid for."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while self._under_way and time.monotonic() < deadline:
            self._handle(self._workers.collect(COLLECT_SECONDS))
        observer.on_progress(self.progress)

    def _handle(self, finished: Sequence[Sampled | Evaluated]) -> None:
        for done in finished:
            if isinstance(done, Sampled):
                self._take_samples(done)
            else:
                self._take_evaluations(done)

    def _check_budget(self) -> None:
        reason = self._stops.reason(self._tally, self._archive.best.score, self._elapsed())
        if reason is not None:
            self.stop(reason)
        elif self._barren_tickets >= EXHAUSTED_TICKETS:
            self.stop(f"no new program in the last {EXHAUSTED_TICKETS} prompts")

    def _elapsed(self) -> float:
        return self._elapsed_before + time.monotonic() - self._started

    # -- drawing prompts -------------------------------------------------------------------------------

    def _draw_all(self) -> None:
        for stream in self._streams.values():
            while stream.has_room and self._may_draw(stream):
                self._draw(stream)

    def _may_draw(self, stream: Stream) -> bool:
        if stream.plan.cost == "tokens" and self._is_paid_for():
            return False
        return self._ensemble.may_draw(stream.plan.name, len(stream.selections), self._elapsed())

    def _is_paid_for(self) -> bool:
        """Returns whether what is under way may fill the budget: nobody should pay for more replies."""
        coming = sum(
            len(stream.selections) * stream.plan.samples
            for stream in self._streams.values()
            if stream.plan.cost == "tokens"
        )
        return self._stops.evaluations_left(self._tally.evaluations + self._under_way + coming) == 0

    def _draw(self, stream: Stream) -> None:
        """Selects parents for the next ticket and asks for samples, unless they are in the journal."""
        ticket = stream.issued
        stream.issued += 1
        if ticket < stream.admitted:
            return
        key = (stream.index, ticket)
        selection = self._archive.select(
            np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(*key, 0)))
        )
        stream.selections[ticket] = selection
        sources, feedback = zip(*(self._program(p.candidate) for p in selection.parents), strict=True)
        parents = tuple(self._specification.unit(source) for source in sources)
        prompt = Prompt(parents, (self._seed, *key), feedback)
        self._workers.submit(SampleJob(stream.plan.name, ticket, prompt, stream.plan.samples))

    def _program(self, candidate: int) -> tuple[str, str]:
        """Returns a parent's text and what its evaluation said of it."""
        if candidate == self._initial.candidate:
            return self._initial.source, ""
        return self._journal.program(candidate)

    # -- admitting samples -----------------------------------------------------------------------------

    def _take_samples(self, done: Sampled) -> None:
        stream = self._streams[done.job.stream]
        stream.sampled[done.job.ticket] = done
        self._watch(stream, done)
        while (sampled := stream.next_sampled) is not None:
            self._admit(stream, sampled)
        self._register_complete(stream)

    def _watch(self, stream: Stream, done: Sampled) -> None:
        """Switches a sampler off that keeps failing; without any sampler the run stops."""
        stream.failures = 0 if done.failure is None else stream.failures + 1
        if done.failure is None or stream.failures < FAILURES_TO_SWITCH_OFF:
            return
        stream.is_off = True
        self.switched_off[stream.plan.name] = done.failure
        if all(other.is_off for other in self._streams.values()):
            self.stop(f"every sampler failed; the last one: {done.failure}")

    def _admit(self, stream: Stream, sampled: Sampled) -> None:
        """Stores a ticket's candidates and sends the new ones to be scored."""
        number = sampled.job.ticket
        del stream.sampled[number]
        selection = stream.selections.pop(number)
        samples = sampled.samples
        parents = tuple(parent.candidate for parent in selection.parents)
        ticket = Ticket(
            stream.plan.name,
            number,
            selection.island,
            selection.generation,
            parents,
            sampled.seconds,
            samples.prompt_tokens,
            samples.completion_tokens,
        )
        kin = Kin(selection.island, dict(zip(parents, sampled.job.prompt.parents, strict=True)))
        candidates = self._admission.identify(samples.candidates, kin)
        self._journal.record_ticket(ticket, candidates)
        self._open(stream, ticket, candidates)

    def _open(self, stream: Stream, ticket: Ticket, candidates: Sequence[StoredCandidate]) -> None:
        stream.admitted = ticket.number + 1
        opened = OpenTicket(ticket, {candidate.id: candidate for candidate in candidates})
        stream.open[ticket.number] = opened
        self._tally.admitted(ticket, candidates)
        self._send(opened)

    def _send(self, opened: OpenTicket) -> None:
        """Queues the evaluations of a ticket, as many as the budget still allows."""
        missing = opened.missing()
        left = self._stops.evaluations_left(self._tally.evaluations + self._under_way)
        if left is not None:
            missing = missing[:left]
        if not missing or self.stop_reason is not None:
            return
        sources = tuple(self._specification.program_with(candidate.source) for candidate in missing)
        ids = tuple(candidate.id for candidate in missing)
        self._under_way += len(missing)
        self._workers.submit(EvaluationJob(opened.ticket.stream, opened.ticket.number, ids, sources))

    # -- registering ------------------------------------------------------------------------------------

    def _take_evaluations(self, done: Evaluated) -> None:
        stream = self._streams[done.job.stream]
        opened = stream.open[done.job.ticket]
        self._under_way -= len(done.job.candidates)
        for number, evaluation, seconds in zip(
            done.job.candidates, done.evaluations, done.seconds, strict=True
        ):
            self._journal.record_evaluation(number, evaluation, seconds)
            candidate = replace(opened.candidates[number], evaluation=evaluation, seconds=seconds)
            opened.candidates[number] = candidate
            self._tally.evaluations += 1
            self._tally.scored(stream.plan.name, [candidate])
        self._register_complete(stream)

    def _register_complete(self, stream: Stream) -> None:
        while (opened := stream.next_complete) is not None:
            ticket = opened.ticket
            self._journal.record_registration(ticket.stream, ticket.number, self._elapsed())
            self._register(stream, opened)
            self._draw_ahead(stream)

    def _register(self, stream: Stream, opened: OpenTicket) -> None:
        del stream.open[opened.ticket.number]
        stream.registered += 1
        fresh = [c for c in opened.candidates.values() if c.evaluation is not None]
        self._barren_tickets = 0 if fresh else self._barren_tickets + 1
        for candidate in fresh:
            self._register_candidate(opened.ticket, candidate)

    def _register_candidate(self, ticket: Ticket, candidate: StoredCandidate) -> None:
        evaluation = candidate.evaluation
        improves_island = improves_run = False
        if evaluation is not None and evaluation.score is not None:
            improves_run = evaluation.score > self._archive.best.score
            program = ScoredProgram.of(candidate.id, candidate.source, evaluation.score, evaluation)
            improves_island = self._archive.register(program, ticket.island, ticket.generation)
        self._tally.registered(ticket.stream, improves_island, improves_run)

    def _draw_ahead(self, stream: Stream) -> None:
        """Draws what the window allows at once, so that what a prompt sees depends on the order alone."""
        while stream.plan.cost == "free" and stream.has_room and self._may_go_on(stream):
            self._draw(stream)

    def _may_go_on(self, stream: Stream) -> bool:
        return self.stop_reason is None and self._barren_tickets < EXHAUSTED_TICKETS

    # -- resuming --------------------------------------------------------------------------------------

    def _replay(self) -> None:
        """Registers again what the journal holds, then queues what was left undone."""
        for name, (tickets, highest_island) in self._journal.streams().items():
            self._check_fits(name, highest_island)
            self._streams[name].admitted = tickets
        _, self._tally.evaluations = self._journal.counts()
        for stream in self._streams.values():
            self._draw_ahead(stream)
        for ticket, candidates, elapsed in self._journal.registrations():
            self._elapsed_before = elapsed
            stream = self._streams[ticket.stream]
            self._tally.admitted(ticket, candidates)
            self._tally.scored(ticket.stream, candidates)
            stream.open[ticket.number] = OpenTicket(ticket, {c.id: c for c in candidates})
            self._register(stream, stream.open[ticket.number])
            self._draw_ahead(stream)
        self._reopen(self._journal.unregistered())

    def _check_fits(self, stream: str, island: int) -> None:
        if stream not in self._streams or island >= len(self._archive.best_per_island):
            raise RunError(
                f"{self._journal.path.parent}: the journal holds prompts of sampler {stream!r} on "
                f"island {island}, which this configuration has not; put config.json back as it was"
            )

    def _reopen(self, undone: Sequence[tuple[Ticket, list[StoredCandidate]]]) -> None:
        for ticket, candidates in undone:
            stream = self._streams[ticket.stream]
            self._tally.scored(ticket.stream, candidates)
            self._open(stream, ticket, candidates)
        for stream in self._streams.values():
            stream.issued = max(stream.issued, stream.admitted)
            self._register_complete(stream)
