"""Which models there are, and fetching, removing and serving them, by the command line."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from language_models import ModelUnavailable
from language_models.model_manager import SMOLLM2, weights
from tests.language_models.gguf_writer import gguf, write


@pytest.fixture
def models(tmp_path, monkeypatch):
    """An empty directory of models."""
    monkeypatch.setenv("FUNSEARCH_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def file(tmp_path):
    """A GGUF file elsewhere."""
    return write(tmp_path / "tiny.gguf")


def listed(command, *options):
    status, out, err = command("models", "list", "--json", *options)
    assert (status, err) == (0, "")
    return {model["name"]: model for model in json.loads(out)}


def test_known_models_are_listed_with_licence_size_and_hash(models, command):
    found = listed(command)
    assert {"SmolLM2-135M-Instruct", "all-MiniLM-L6-v2", "Qwen2.5-Coder-1.5B-Instruct"} <= set(found)
    smol = found["SmolLM2-135M-Instruct"]
    assert (smol["licence"], smol["size"], smol["present"]) == ("Apache-2.0", 98_362_432, False)
    assert smol["sha256"].startswith("b179c9523d0e")
    status, out, _ = command("models", "list")
    assert status == 0
    assert "SmolLM2-135M-Instruct" in out
    assert "b179c9523d0e" in out
    assert "98 MB" in out


def test_a_file_is_registered_listed_verified_and_forgotten(models, file, command):
    status, out, _ = command("models", "pull", file, "--name", "mine")
    assert (status, out) == (0, f"mine (apache-2.0), 0 MB, is ready in {file.parent}\n")
    mine = listed(command, "--verify", "--context", "1000", "--slots", "2")["mine"]
    assert (mine["present"], mine["verified"], mine["fault"]) == (True, True, "")
    assert mine["memory"] > 128 * 2 * 2000
    status, out, _ = command("models", "remove", "mine", "--yes")
    assert (status, out) == (0, f"mine is removed, 0 MB are free; its files stay in {file.parent}\n")
    assert file.exists()
    assert "mine" not in listed(command)


def test_a_registered_file_that_changed_or_went_is_a_finding(models, file, command):
    assert command("models", "pull", file)[0] == 0
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert listed(command)["tiny"]["fault"] == ""  # sizes alone cannot tell
    fault = listed(command, "--verify")["tiny"]
    assert (fault["present"], fault["verified"]) == (True, False)
    assert "has sha256" in fault["fault"]
    assert "damaged" in command("models", "list", "--verify")[1]
    file.unlink()
    assert listed(command)["tiny"]["present"] is False


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("pull", "./coder.gguf"), "./coder.gguf: expected a file or directory of this machine, found none"),
        (("pull", "nobody-knows-this"), "nobody-knows-this: no model of that name; known here:"),
        (("pull", "smollm2-135m"), "SmolLM2-135M-Instruct"),
        (("remove", "nobody-knows-this", "--yes"), "no model of that name"),
        (("remove", "all-MiniLM-L6-v2", "--yes"), "not here, so there is nothing to remove"),
        (("serve", "nobody-knows-this"), "no model of that name"),
        (("serve", "all-MiniLM-L6-v2"), "expected a GGUF model to serve, found one for encoder"),
        (
            ("serve", "SmolLM2-135M-Instruct"),
            "found no such file, expected 98,362,432 bytes; run `make model`",
        ),
    ],
)
def test_what_cannot_be_done_is_one_message(models, command, arguments, words):
    status, out, err = command("models", *arguments)
    assert (status, out) == (1, "")
    assert err.startswith("funsearch: ")
    assert words in err
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [b"", b"GGUF", b"PK\x03\x04", gguf()[:300]])
def test_a_file_that_is_no_model_is_refused(models, file, command, content):
    file.write_bytes(content)
    status, _, err = command("models", "pull", file)
    assert status == 1
    assert "GGUF file" in err
    assert "tiny" not in listed(command)


def test_removing_asks_first(models, file, command, monkeypatch):
    assert command("models", "pull", file)[0] == 0
    monkeypatch.setattr("typer.confirm", lambda question: False)
    status, _, err = command("models", "remove", "tiny")
    assert status == 1
    assert "tiny: nothing was removed" in err
    status, _, err = command("models", "remove", "tiny", "--json")
    assert status == 1
    assert "--yes" in err
    assert "tiny" in listed(command)
    monkeypatch.setattr("typer.confirm", lambda question: True)
    assert command("models", "remove", "tiny")[0] == 0
    assert "tiny" not in listed(command)


def test_a_damaged_entry_is_told_by_its_file(models, file, command):
    assert command("models", "pull", file)[0] == 0
    (models / "registered" / "tiny.json").write_text("{")
    status, _, err = command("models", "list")
    assert status == 1
    assert "tiny.json: expected a registered model" in err


@pytest.mark.model
def test_a_model_is_served_on_loopback_until_interrupted():
    try:
        weights(SMOLLM2, download=False)
    except ModelUnavailable as error:
        pytest.skip(str(error))
    # Tests that run in the background of a shell ignore interrupts, and hand that down.
    command = [
        "env",
        "--default-signal=INT",
        sys.executable,
        "-m",
        "service",
        "models",
        "serve",
        SMOLLM2.name,
    ]
    command += ["--context", "256", "--slots", "1", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            said = json.loads(server.stdout.readline())
            assert said["base_url"].startswith("http://127.0.0.1:")
            with urllib.request.urlopen(f"{said['base_url']}/models", timeout=30) as answer:
                assert json.load(answer)["data"]
            server.send_signal(signal.SIGINT)
            assert server.wait(60) == 0
        finally:
            server.kill()
