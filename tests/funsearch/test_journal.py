"""The journal: whole transactions, one evaluation each, clear refusals."""

import sqlite3

import pytest

from evaluators import Evaluation
from funsearch.exceptions import JournalError
from funsearch.journal import Journal, StoredCandidate, Ticket

TICKET = Ticket("mutation", 0, 2, 1, (0, 5), 0.25, 10, 20)
CANDIDATES = [
    StoredCandidate(1, 0, "def f(): return 1\n", "aa", None, None),
    StoredCandidate(2, 1, "def f(:", None, "line 1: invalid", None),
    StoredCandidate(3, 2, "def f(): return 1\n", "aa", None, 1),
]
EVALUATION = Evaluation(1.5, {"a": 1.0, "b": 2.0}, "in-process", "fine", 0.5, 1024)


@pytest.fixture
def journal(tmp_path):
    opened = Journal(tmp_path)
    yield opened
    opened.close()


def test_what_was_recorded_is_read_back_as_it_was(journal):
    journal.record_ticket(TICKET, CANDIDATES)
    journal.record_evaluation(1, EVALUATION, 0.1)
    [(ticket, candidates)] = journal.unregistered()
    assert ticket == TICKET
    assert candidates[0].evaluation == EVALUATION
    assert candidates[1:] == CANDIDATES[1:]
    assert [candidate.is_evaluable for candidate in candidates] == [True, False, False]


def test_registrations_keep_their_order_and_leave_the_unregistered(journal):
    for number in (0, 1, 2):
        journal.record_ticket(Ticket("mutation", number, 0, 0, ()), [])
    journal.record_registration("mutation", 1, 3.0)
    journal.record_registration("mutation", 0, 4.0)
    assert [(ticket.number, elapsed) for ticket, _, elapsed in journal.registrations()] == [
        (1, 3.0),
        (0, 4.0),
    ]
    assert [ticket.number for ticket, _ in journal.unregistered()] == [2]


def test_an_evaluation_is_recorded_once(journal):
    journal.record_ticket(TICKET, CANDIDATES)
    journal.record_evaluation(1, EVALUATION, 0.1)
    with pytest.raises(sqlite3.IntegrityError):
        journal.record_evaluation(1, EVALUATION, 0.1)


def test_a_ticket_is_stored_whole_or_not_at_all(journal):
    with pytest.raises(sqlite3.IntegrityError):
        journal.record_ticket(TICKET, [CANDIDATES[0], CANDIDATES[0]])
    assert journal.unregistered() == []
    journal.record_ticket(TICKET, CANDIDATES)
    assert len(journal.unregistered()) == 1


def test_a_file_that_is_no_journal_is_refused_with_its_name(tmp_path):
    (tmp_path / "archive.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(JournalError, match=r"archive\.sqlite"):
        Journal(tmp_path)


def test_a_journal_of_another_version_is_refused(tmp_path):
    connection = sqlite3.connect(tmp_path / "archive.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalError, match="found 99"):
        Journal(tmp_path)
