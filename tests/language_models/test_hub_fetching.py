from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from language_models import ModelUnavailable
from language_models.catalogue import HubSource
from language_models.hub_fetching import find_on_hub
from language_models.model_manager import ensure, find_model, pull, remove, verify
from tests.language_models.gguf_writer import gguf
from tests.language_models.hub import COMMIT, Repositories, serving_hub

WEIGHTS = {"config.json": b"{}", "model.safetensors": bytes(100), "tokenizer.json": b"{}", "README.md": b"hi"}
KEPT: Repositories = {
    "ann/one-GGUF": {"one-q8.gguf": gguf(), "README.md": b"hi"},
    "ann/two-GGUF": {"two-q4.gguf": gguf(), "two-q8.gguf": gguf() + bytes(32)},
    "ann/shards": {"s-00001-of-00002.gguf": gguf(), "s-00002-of-00002.gguf": gguf()},
    "ann/network": WEIGHTS,
    "ann/pickled": {"config.json": b"{}", "pytorch_model.bin": bytes(100)},
    "ann/climbing": {**WEIGHTS, "../../evil.json": b"{}", "/etc/evil.json": b"{}"},
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Repositories], str]]:
    pytest.importorskip("huggingface_hub")
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")

    def start(repositories: Repositories) -> str:
        address = stack.enter_context(serving_hub(repositories))
        monkeypatch.setenv("HF_ENDPOINT", address)
        return address

    with ExitStack() as stack:
        yield start


def test_a_gguf_file_is_pulled_by_its_repository(tmp_path: Path, hub: Callable[[Repositories], str]) -> None:
    hub(KEPT)
    model = pull("ann/one-GGUF", tmp_path)
    assert (model.name, model.kind, model.licence) == ("one-q8", "llama", "mit")
    assert model.source == HubSource("ann/one-GGUF", COMMIT)
    assert (tmp_path / "one-q8" / "one-q8.gguf").read_bytes() == gguf()
    assert [path.name for path in (tmp_path / "one-q8").iterdir()] == ["one-q8.gguf"]
    verify(find_model("ONE-q8", tmp_path), tmp_path)


def test_a_file_of_many_is_pulled_by_its_name_and_given_another(
    tmp_path: Path, hub: Callable[[Repositories], str]
) -> None:
    hub(KEPT)
    with pytest.raises(ModelUnavailable, match=r"there are: two-q4\.gguf, two-q8\.gguf"):
        pull("ann/two-GGUF", tmp_path)
    with pytest.raises(ModelUnavailable, match=r"there are: two-q4\.gguf, two-q8\.gguf"):
        pull("ann/two-GGUF/three.gguf", tmp_path)
    model = pull("ann/two-GGUF/two-q8.gguf", tmp_path, name="mine")
    assert (tmp_path / "mine" / "two-q8.gguf").stat().st_size == model.size


def test_shards_come_together(tmp_path: Path, hub: Callable[[Repositories], str]) -> None:
    hub(KEPT)
    model = pull("ann/shards", tmp_path)
    assert model.name == "s"
    assert len(list((tmp_path / "s").iterdir())) == 2


def test_a_network_is_pulled_with_all_that_transformers_needs(
    tmp_path: Path, hub: Callable[[Repositories], str]
) -> None:
    hub(KEPT)
    model = pull("ann/network", tmp_path)
    assert (model.kind, model.files[0].name) == ("transformers", "model.safetensors")
    names = {"config.json", "model.safetensors", "tokenizer.json"}
    assert {path.name for path in (tmp_path / "network").iterdir()} == names
    assert all(len(file.sha256) == 64 for file in model.files)
    verify(find_model("network", tmp_path), tmp_path)
    (tmp_path / "network" / "config.json").write_bytes(b"[]")
    with pytest.raises(ModelUnavailable, match="config.json has sha256"):
        verify(find_model("network", tmp_path), tmp_path)


def test_files_outside_the_folder_are_not_fetched(tmp_path: Path, hub: Callable[[Repositories], str]) -> None:
    hub(KEPT)
    pull("ann/climbing", tmp_path / "models")
    assert not list(tmp_path.rglob("evil.json"))


def test_weights_that_run_code_when_read_are_refused(
    tmp_path: Path, hub: Callable[[Repositories], str]
) -> None:
    hub(KEPT)
    with pytest.raises(ModelUnavailable, match=r"expected a GGUF file, or config\.json and \*\.safetensors"):
        pull("ann/pickled", tmp_path)


def test_a_file_with_another_hash_than_the_hub_says_is_refused(
    tmp_path: Path, hub: Callable[[Repositories], str]
) -> None:
    hub(KEPT)
    found = find_on_hub("ann/one-GGUF")
    other = replace(found, files=(replace(found.files[0], sha256="0" * 64),))
    with pytest.raises(ModelUnavailable, match="has sha256 .*, expected 0000"):
        ensure(other, tmp_path)
    assert list((tmp_path / "one-q8").iterdir()) == []
    assert ensure(found, tmp_path)


def test_a_name_of_the_catalogue_is_not_taken_by_a_stranger(
    tmp_path: Path, hub: Callable[[Repositories], str]
) -> None:
    hub(KEPT)
    for name in ("SmolLM2-135M-Instruct", "../up", "a b"):
        with pytest.raises(ModelUnavailable, match="--name"):
            pull("ann/one-GGUF", tmp_path, name=name)
    pull("ann/one-GGUF", tmp_path, name="mine")
    with pytest.raises(ModelUnavailable, match=r"mine: a model from ann/one-GGUF .* has this name"):
        pull("ann/network", tmp_path, name="mine")


def test_an_unknown_repository_is_named(tmp_path: Path, hub: Callable[[Repositories], str]) -> None:
    hub(KEPT)
    with pytest.raises(ModelUnavailable, match="ann/nothing: the hub has no such model"):
        pull("ann/nothing", tmp_path)


def test_without_the_hub_the_message_says_what_to_do_and_tells_no_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("huggingface_hub")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        monkeypatch.setenv("HF_ENDPOINT", f"http://hf_planted_token@127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("HF_TOKEN", "hf_planted_token")
        with pytest.raises(ModelUnavailable) as caught:
            pull("ann/one-GGUF", tmp_path)
    assert "check the connection to the hub, or fetch the file elsewhere" in str(caught.value)
    assert "hf_planted_token" not in str(caught.value)


def test_the_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'funsearch\[local\]'"):
        pull("ann/one-GGUF", tmp_path)


def test_a_known_model_of_the_hub_that_is_removed_is_known_still(
    tmp_path: Path, hub: Callable[[Repositories], str]
) -> None:
    hub(KEPT)
    model = pull("ann/one-GGUF", tmp_path)
    assert remove(model, tmp_path) == len(gguf())
    with pytest.raises(ModelUnavailable, match="run `funsearch models pull one-q8` to fetch it again"):
        ensure(find_model("one-q8", tmp_path), tmp_path, download=False)
    pull("one-q8", tmp_path)
    verify(model, tmp_path)
