"""Models by HTTP: how they stand, and which one requests use, without its secrets."""

import json

import pytest

from language_models.registered_models import model_at, register
from service.web.models_api import ModelsApi
from tests.language_models.gguf_writer import write
from tests.service.asking import asking

KEY = "sk-a-very-secret-key-of-somebody"


@pytest.fixture
def ask(tmp_path, monkeypatch):
    monkeypatch.setenv("FUNSEARCH_MODELS", str(tmp_path / "models"))
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "FUNSEARCH_MODEL", "FUNSEARCH_MODEL_FILE"):
        monkeypatch.delenv(name, raising=False)
    return asking(ModelsApi(None))


@pytest.fixture
def file(tmp_path, ask):
    file = write(tmp_path / "tiny.gguf")
    register(model_at(file, "mine"))
    return file


def model(ask, name):
    return next(one for one in ask("GET", "/api/models")[1]["models"] if one["name"] == name)


def test_models_are_listed_with_licence_size_and_how_they_stand(ask, file):
    mine = model(ask, "mine")
    assert (mine["present"], mine["verified"], mine["fault"]) == (True, None, "")
    assert mine["size"] == file.stat().st_size
    assert mine["memory"] > 0
    smol = model(ask, "SmolLM2-135M-Instruct")
    assert (smol["present"], smol["licence"], smol["size"]) == (False, "Apache-2.0", 98_362_432)


def test_a_model_is_verified_and_a_changed_one_is_found(ask, file):
    assert ask("POST", "/api/models/mine/verify")[1]["verified"] is True
    body = bytearray(file.read_bytes())
    body[-1] ^= 1
    file.write_bytes(bytes(body))
    changed = ask("POST", "/api/models/mine/verify")[1]
    assert changed["verified"] is False
    assert "sha256" in changed["fault"]
    assert ask("POST", "/api/models/nobody/verify")[0] == 404


def test_the_embedded_model_is_used_where_nothing_else_is_asked_for(ask, file, monkeypatch):
    assert ask("GET", "/api/models")[1]["in_use"]["kind"] == "none", "it is not here"
    monkeypatch.setenv("FUNSEARCH_MODEL_FILE", str(file))
    used = ask("GET", "/api/models")[1]["in_use"]
    assert (used["kind"], used["name"], used["place"], used["fault"]) == ("embedded", "tiny", str(file), "")
    monkeypatch.setenv("FUNSEARCH_MODEL_FILE", "/nowhere.gguf")
    assert "no such file" in ask("GET", "/api/models")[1]["in_use"]["fault"]


def test_an_endpoint_is_told_without_its_key_and_password(ask, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("FUNSEARCH_MODEL", "big")
    assert ask("GET", "/api/models")[1]["in_use"]["place"] == "api.openai.com"
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://ann:{KEY}@127.0.0.1:9/v1?api_key={KEY}")
    status, body = ask("GET", "/api/models")
    assert status == 200
    assert body["in_use"] == {"kind": "endpoint", "name": "big", "place": "127.0.0.1:9", "fault": ""}
    assert KEY not in json.dumps(body)
    monkeypatch.setenv("OPENAI_BASE_URL", f"ftp://{KEY}")
    body = ask("GET", "/api/models")[1]
    assert body["in_use"]["kind"] == "none"
    assert KEY not in json.dumps(body)
