"""Documents: read whatever they are, cut, kept once, found again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from agent.agent_file import FILE
from agent.knowledge.document_cutting import MOST, pieces
from agent.knowledge.document_reading import MOST_BYTES, MOST_FILES, Document, Unread, read_documents
from agent.knowledge.documents import Documents
from agent.knowledge.markup import text_of_html
from tool_bank.database import Database
from tool_bank.scripted import ScriptedEncoder


@pytest.fixture
def encoder() -> ScriptedEncoder:
    return ScriptedEncoder()


@pytest.fixture
def documents(tmp_path: Path, database: Database, encoder: ScriptedEncoder) -> Iterator[Documents]:
    documents = Documents(database, encoder, tmp_path / "index")
    yield documents
    documents.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "rent.md").write_text("# Rent\n\nThe flat costs 950 euros a month.\n")
    (folder / "cats.txt").write_text("Cats sleep most of the day.\n")
    return folder


def paths(documents: Documents, query: str, folder: Path, k: int = 5) -> list[str]:
    return [Path(passage.source).name for passage in documents.search(query, k, [folder])]


def test_a_passage_is_found_with_its_document_and_line(documents: Documents, folder: Path) -> None:
    intake = documents.add([folder])
    best = documents.search("how much does the flat cost each month", 1, [folder])[0]
    assert [Path(source).name for source in intake.read] == ["cats.txt", "rent.md"]
    assert (Path(best.source).name, best.line) == ("rent.md", 1)
    assert "950 euros" in best.text
    assert best.score > 0.3


def test_unchanged_documents_are_not_embedded_twice(
    documents: Documents, encoder: ScriptedEncoder, folder: Path
) -> None:
    documents.add([folder])
    documents.search("cats", 1, [folder])
    before = len(encoder.encoded)
    documents.add([folder])
    documents.search("cats", 1, [folder])
    assert encoder.encoded[before:] == ["cats"]
    before = len(encoder.encoded)
    (folder / "cats.txt").write_text("Dogs bark.\n")
    documents.add([folder])
    documents.search("cats", 1, [folder])
    assert encoder.encoded[before:] == ["cats", "Dogs bark."]


def test_changed_and_deleted_documents_are_replaced(
    documents: Documents, database: Database, folder: Path
) -> None:
    documents.add([folder])
    assert "rent.md" in paths(documents, "flat rent", folder)
    (folder / "rent.md").unlink()
    (folder / "cats.txt").write_text("Cats purr at noon.\n")
    documents.add([folder])
    assert [passage.text for passage in documents.search("cats flat", 5, [folder])] == ["Cats purr at noon."]
    texts = {text for (text,) in database.rows("SELECT text FROM chunks")}
    stale = database.rows("SELECT id FROM vectors WHERE id NOT IN (SELECT digest FROM chunks)")
    assert texts == {"Cats purr at noon."}
    assert stale == []


def test_nobody_finds_what_they_did_not_name(documents: Documents, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    for number in range(60):
        (other / f"{number}.txt").write_text(f"The flat costs {number} euros a month.\n")
    documents.add([folder, other])
    assert set(paths(documents, "flat costs month", folder)) == {"rent.md", "cats.txt"}
    assert documents.search("flat costs month", 5) == []
    assert documents.search("flat", 5, [tmp_path / "giv"]) == []


def test_the_index_may_be_lost(database: Database, folder: Path, tmp_path: Path) -> None:
    for directory in (tmp_path / "one", tmp_path / "one", tmp_path / "two"):
        documents = Documents(database, ScriptedEncoder(), directory)
        documents.add([folder])
        assert paths(documents, "flat rent", folder)[0] == "rent.md"
        assert documents.index_role == "writer"
        documents.close()
    chroma = tmp_path / "two" / "chroma"
    for file in sorted(chroma.rglob("*")):
        if file.is_file():
            file.write_bytes(b"")
    documents = Documents(database, ScriptedEncoder(), tmp_path / "two")
    assert paths(documents, "flat rent", folder)[0] == "rent.md"
    documents.close()


def test_what_cannot_be_read_is_reported_and_stops_nothing(documents: Documents, folder: Path) -> None:
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n\xff\xfe")
    (folder / "zero.txt").write_bytes(b"a\0b")
    (folder / "large.txt").write_bytes(b"x" * (MOST_BYTES + 1))
    os.mkfifo(folder / "pipe.txt")
    intake = documents.add([folder, folder / "missing.txt", "bad\0name"])
    why = {Path(unread.source).name: unread.why for unread in intake.unread}
    assert why.pop("bad\0name").startswith("expected a file that can be read")
    assert why == {
        "photo.png": "expected text in UTF-8, found byte 0x89 at 0",
        "zero.txt": "expected text, found a zero byte at 1",
        "large.txt": "expected at most 1000000 bytes, found more",
        "pipe.txt": "expected a regular file, found a device, pipe or folder",
        "missing.txt": "expected a file that can be read: No such file or directory",
    }
    assert len(intake.read) == 2


def test_links_do_not_lead_out_of_the_folder(documents: Documents, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("The password is swordfish.\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "more.txt").write_text("More of the password.\n")
    (folder / "leak.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "leaks").symlink_to(tmp_path / "outside")
    (folder / "inner.txt").symlink_to(folder / "cats.txt")
    intake = documents.add([folder])
    assert [Path(source).name for source in intake.read] == ["cats.txt", "rent.md"]
    assert [(Path(u.source).name, u.why) for u in intake.unread] == [
        ("leak.txt", "expected a file of the folder, found a link that leads out of it")
    ]
    assert not any("password" in p.text for p in documents.passages([tmp_path]))


def test_hidden_files_of_a_folder_are_left_out_unless_named(folder: Path) -> None:
    (folder / ".env").write_text("TOKEN=1\n")
    assert ".env" not in {Path(reading.source).name for reading in read_documents([folder])}
    assert [reading.source for reading in read_documents([folder / ".env"])] == [str(folder / ".env")]


def test_nothing_is_read_beyond_the_roots(database: Database, folder: Path, tmp_path: Path) -> None:
    documents = Documents(database, ScriptedEncoder(), tmp_path / "index", roots=[folder])
    (tmp_path / "given2").mkdir()
    (tmp_path / "given2" / "a.txt").write_text("out of bounds")
    intake = documents.add([folder / "cats.txt", tmp_path / "given2" / "a.txt", folder / ".." / "given2"])
    assert [Path(source).name for source in intake.read] == ["cats.txt"]
    assert [unread.why for unread in intake.unread] == [f"expected a path within {folder}"] * 2


def test_a_folder_of_too_many_files_is_read_in_part(folder: Path) -> None:
    for number in range(MOST_FILES):
        (folder / f"{number:04}.txt").write_text("x")
    readings = list(read_documents([folder]))
    assert sum(isinstance(reading, Document) for reading in readings) == MOST_FILES
    assert isinstance(readings[-1], Unread)
    assert "found more" in readings[-1].why


def test_pieces_cover_a_text_and_overlap() -> None:
    lines = [f"line {number} says a little about the number {number}" for number in range(200)]
    found = pieces("a.txt", "\n".join(lines))
    assert all(len(piece.text) <= MOST + 1 for piece in found)
    assert set(lines) == {line for piece in found for line in piece.text.splitlines()}
    assert all(piece.text.splitlines()[0] == lines[piece.line - 1] for piece in found)
    assert all(first.text.splitlines()[-1] in second.text for first, second in pairwise(found))


def test_pieces_end_at_paragraphs_where_they_can() -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 90 for number in range(4)]
    found = pieces("a.md", "\n\n".join(paragraphs))
    assert [piece.text.split(".")[0] for piece in found] == [f"Paragraph {number}" for number in range(4)]


def test_a_line_without_end_is_cut_and_a_table_keeps_its_head() -> None:
    found = pieces("a.json", "x" * 10_000)
    assert all(len(piece.text) <= MOST + 1 and piece.line == 1 for piece in found)
    table = pieces("a.csv", "name,price\n" + "\n".join(f"thing {n},{n}" for n in range(300)))
    assert all(piece.text.startswith("name,price\n") for piece in table)
    assert pieces("a.txt", "\n \n\n") == []


def test_a_page_is_read_as_it_shows() -> None:
    page = (
        "<html><style>p {color: red}</style>\n<p>Fish &amp; chips</p>\n<!-- secret -->"
        "<script>alert('x')</script>\n<td>1</td><td>2</td> and 3 < 4"
    )
    assert [line.split() for line in text_of_html(page).splitlines()] == [
        [], ["Fish", "&", "chips"], [], ["1", "2", "and", "3", "<", "4"],
    ]  # fmt: skip


@pytest.mark.parametrize("part", ["<!", "<a ", "<script>", "</scrip", "<!--", "&#", "<a b='", "<"])
def test_a_hostile_page_takes_time_by_its_length(part: str) -> None:
    assert isinstance(text_of_html(part * 100_000), str)  # by its square it would take hours


def test_a_record_of_the_agent_holds_the_passages(
    database: Database, documents: Documents, folder: Path
) -> None:
    documents.add([folder])
    path = folder.parent / "agent" / FILE
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM chunks").fetchone() == (2,)
    connection.close()
