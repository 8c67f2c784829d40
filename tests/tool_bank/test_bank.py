from __future__ import annotations

import gc
import json
import logging
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from language_models import ModelUnavailable
from language_models.model_manager import MINILM, ensure
from sandbox.scripted import ScriptedSandbox
from tests.tool_bank.examples import DURATION, DURATION_SCHEMA, PACK, SLUG, tool
from tool_bank import BankUnavailable, ToolBank, ToolNotCallable, ToolNotFound
from tool_bank.encoder import MiniLMEncoder
from tool_bank.scripted import ScriptedEncoder
from tool_bank.search_text import RECIPE


def names(bank: ToolBank, query: str) -> list[str]:
    return [match.tool.name for match in bank.search(query)]


def test_a_tool_is_added_found_shown_and_kept(tmp_path: Path, encoder: ScriptedEncoder) -> None:
    with ToolBank.open(tmp_path, encoder=encoder) as bank:
        assert bank.add(PACK) == PACK.version
        assert bank.add_many([DURATION, SLUG]) == [DURATION.version, SLUG.version]
    with ToolBank.open(str(tmp_path), encoder=encoder) as bank:
        assert bank.names() == ["make_slug", "pack_bins", "parse_duration"]
        assert bank.tools() == [SLUG, PACK, DURATION]
        assert bank.get("pack_bins") == PACK
        assert names(bank, "pack items online into few bins")[0] == "pack_bins"


def test_a_retired_tool_is_out_of_search_and_service_until_it_is_added_again(bank: ToolBank) -> None:
    bank.add(SLUG)
    bank.retire("make_slug", "nobody asks for it")
    assert names(bank, "slug") == []
    assert bank.names() == ["make_slug"]
    with pytest.raises(ToolNotCallable, match="make_slug is retired: nobody asks for it"):
        bank.call("make_slug", {"text": "x"})
    bank.add(SLUG)
    assert names(bank, "slug") == ["make_slug"]
    assert [event.kind for event in bank.events("make_slug")] == ["added", "retired", "made current"]


def test_history_shows_every_version(bank: ToolBank) -> None:
    bank.add(DURATION)
    bank.add(tool(description="Better."))
    assert [(v.tool.description, v.is_current) for v in bank.history("parse_duration")] == [
        ("Turns '1h30m' into seconds.", False),
        ("Better.", True),
    ]


def test_a_call_runs_in_the_sandbox_given_which_stays_open(tmp_path: Path, encoder: ScriptedEncoder) -> None:
    box = ScriptedSandbox(lambda _source, _function, arguments: arguments[0]["text"])
    with ToolBank.open(tmp_path, sandbox=box, encoder=encoder) as bank:
        bank.add(DURATION)
        bank._record.put_schema(DURATION.version, DURATION_SCHEMA.model_dump_json())
        assert bank.call("parse_duration", {"text": "1h"}) == "1h"
        with pytest.raises(ToolNotFound, match="'nobody'"):
            bank.call("nobody", {})


def test_a_search_for_no_tools_is_refused(bank: ToolBank) -> None:
    with pytest.raises(ValueError, match=r"search\(k=0\): expected 1 or more"):
        bank.search("x", k=0)


def test_the_index_may_be_deleted_at_any_time(tmp_path: Path, encoder: ScriptedEncoder) -> None:
    with ToolBank.open(tmp_path, encoder=encoder) as bank:
        bank.add(PACK)
        assert names(bank, "bins") == ["pack_bins"]
    assert (tmp_path / "chroma" / "CURRENT").exists()
    shutil.rmtree(tmp_path / "chroma")
    with ToolBank.open(tmp_path, encoder=encoder) as bank:
        assert names(bank, "bins") == ["pack_bins"]


def test_a_file_in_the_place_of_the_index_is_done_without(
    tmp_path: Path, encoder: ScriptedEncoder, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "chroma").write_text("in the way")
    with ToolBank.open(tmp_path, encoder=encoder) as bank:
        bank.add(PACK)
        assert names(bank, "bins") == ["pack_bins"]
    assert "searching exactly, without the index" in caplog.text


def test_a_second_bank_on_the_same_directory_sees_what_the_first_adds(
    tmp_path: Path, encoder: ScriptedEncoder
) -> None:
    with (
        ToolBank.open(tmp_path, encoder=encoder) as writer,
        ToolBank.open(tmp_path, encoder=encoder) as reader,
    ):
        assert names(writer, "bins") == names(reader, "bins") == []
        writer.add(PACK)
        assert names(writer, "bins") == names(reader, "bins") == ["pack_bins"]
        reader.add(SLUG)
        assert names(writer, "slug")[0] == "make_slug"


def test_readers_in_other_processes_and_a_writer_agree(tmp_path: Path, encoder: ScriptedEncoder) -> None:
    code = (
        "import sys\n"
        "from tool_bank import ToolBank\n"
        "from tool_bank.scripted import ScriptedEncoder\n"
        "with ToolBank.open(sys.argv[1], encoder=ScriptedEncoder()) as bank:\n"
        "    print('open', flush=True)\n"
        "    while len(bank.search('number', k=100)) < 30: pass\n"
    )
    with ToolBank.open(tmp_path, encoder=encoder) as bank:
        readers = [
            subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "open\n"
        for number in range(30):
            bank.add(tool(f"t{number}", f"Says number {number}."))
            bank.search("number")
        for reader in readers:
            assert reader.wait(60) == 0
            assert reader.stdout is not None
            reader.stdout.close()


def test_threads_may_share_a_bank(bank: ToolBank) -> None:
    def work(number: int) -> None:
        bank.add(tool(f"t{number}", f"Says number {number}."))
        assert bank.search(f"number {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(bank.names()) == 8
    assert len(bank.search("number", k=20)) == 8


def test_a_bank_that_nobody_closed_still_seals_its_index(tmp_path: Path, encoder: ScriptedEncoder) -> None:
    bank = ToolBank.open(tmp_path, encoder=encoder)
    bank.add(PACK)
    assert names(bank, "bins") == ["pack_bins"]
    del bank
    gc.collect()
    generation = (tmp_path / "chroma" / "CURRENT").read_text()
    assert json.loads((tmp_path / "chroma" / generation / "seal.json").read_text())["model_id"] == (
        f"scripted/{RECIPE}"
    )


def test_a_tool_is_kept_while_the_encoder_has_no_model_and_search_says_what_to_run(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    without_model = MiniLMEncoder(tmp_path / "models", download=False)
    with ToolBank.open(tmp_path / "bank", encoder=without_model) as bank, caplog.at_level(logging.WARNING):
        bank.add(PACK)
        assert bank.get("pack_bins") == PACK
        with pytest.raises(ModelUnavailable, match="run `make model`"):
            bank.search("bins")
    assert "stored, but not yet to be found by search" in caplog.text
    with ToolBank.open(tmp_path / "bank", encoder=ScriptedEncoder()) as bank:
        assert names(bank, "bins") == ["pack_bins"]


def test_the_real_encoder_finds_the_tool_that_a_request_means(tmp_path: Path) -> None:
    try:
        ensure(MINILM, download=False)
    except ModelUnavailable as error:
        pytest.skip(str(error))
    with ToolBank.open(tmp_path) as bank:
        bank.add_many([PACK, DURATION, SLUG])
        assert names(bank, "how long is '2h15m' in s?")[0] == "parse_duration"
        assert names(bank, "place objects in containers as they arrive")[0] == "pack_bins"


def test_a_file_in_the_place_of_the_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "bank").write_text("in the way")
    with pytest.raises(
        BankUnavailable, match=r"bank: expected a directory that may be written to: File exists"
    ):
        ToolBank.open(tmp_path / "bank")
    with pytest.raises(BankUnavailable, match=r"bank/inner: expected a directory .*: Not a directory"):
        ToolBank.open(tmp_path / "bank" / "inner")


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a /proc, where nobody may make directories"
)
def test_a_directory_that_nobody_may_write_is_named() -> None:
    with pytest.raises(BankUnavailable, match="/proc/bank: expected a directory that may be written to"):
        ToolBank.open("/proc/bank")


def test_a_damaged_record_is_named_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "bank.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(BankUnavailable, match="the file is damaged: put a copy in its place"):
        ToolBank.open(tmp_path)


def test_importing_the_room_loads_no_heavy_library() -> None:
    heavy = "{'chromadb', 'tokenizers', 'safetensors', 'threadpoolctl', 'docker', 'torch'}"
    code = f"import sys, tool_bank; print(*{heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout.strip() == ""
