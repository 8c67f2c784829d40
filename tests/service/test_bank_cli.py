"""A whole bank out and in by the command line."""

import json

from tests.tool_bank.examples import DURATION, PACK
from tool_bank.record import Record


def a_bank(directory):
    directory.mkdir()
    record = Record(directory / "bank.sqlite")
    record.add([DURATION, PACK])
    record.close()
    return directory


def test_a_bank_goes_through_a_file(tmp_path, command):
    bank, file, new = a_bank(tmp_path / "bank"), tmp_path / "bank.jsonl", tmp_path / "new"
    status, out, _ = command("tools", "export", file, "--bank", bank, "--json")
    assert (status, json.loads(out)) == (0, {"file": str(file), "rows": 6})
    status, out, _ = command("tools", "import", file, "--bank", new)
    assert (status, out) == (0, f"New in {new}: 2 versions, 2 events, 2 current.\n")
    status, out, _ = command("tools", "import", file, "--bank", new)
    assert (status, out) == (0, f"New in {new}: nothing.\n")


def test_a_changed_file_is_refused_in_one_message(tmp_path, command):
    bank, file = a_bank(tmp_path / "bank"), tmp_path / "bank.jsonl"
    assert command("tools", "export", file, "--bank", bank)[0] == 0
    file.write_bytes(file.read_bytes().replace(b"duration", b"Duration", 1))
    status, _, err = command("tools", "import", file, "--bank", tmp_path / "new")
    assert status == 1
    assert err == (
        f"funsearch: {file}, line 2: its hash is not that of its content: the line was changed; "
        "nothing was imported\n"
    )


def test_a_damaged_bank_says_how_it_is_saved_and_is(tmp_path, command):
    bank, file = a_bank(tmp_path / "bank"), tmp_path / "bank.jsonl"
    with (bank / "bank.sqlite").open("r+b") as stream:
        stream.write(b"x" * 100)
    status, _, err = command("tools", "export", file, "--bank", bank)
    assert status == 1
    assert f"funsearch tools export SAVED.jsonl --salvage --bank {bank}" in err
    status, out, _ = command("tools", "export", file, "--salvage", "--bank", bank)
    assert status == 0
    assert out.startswith("Read: 2 versions, 2 events, 2 current.")
    assert "Could not be read: nothing that is known of." in out
    assert command("tools", "import", file, "--bank", tmp_path / "new")[0] == 0


def test_no_bank_is_made_by_a_slip_of_the_path(tmp_path, command):
    status, _, err = command("tools", "export", tmp_path / "file", "--bank", tmp_path / "slip")
    assert status == 1
    assert "expected the directory of a tool bank" in err
    assert not (tmp_path / "slip").exists()
