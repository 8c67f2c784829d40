from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from language_models.redaction import keep_secret, redacted, redacted_value
from tests.language_models.planted import OTHER, SECRET


@pytest.mark.parametrize(
    "name",
    [
        "OPENAI_API_KEY",
        "github_token",
        "CLIENT_SECRET",
        "DB_PASSWORD",
        "KEY",
        "AWS_SECRET_ACCESS_KEY",
        "TOKEN_2",
        "mySecretWord",
    ],
)
def test_what_the_environment_calls_secret_is_masked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert redacted(f"so {SECRET}.") == f"so {SECRET}."
    monkeypatch.setenv(name, SECRET)
    assert redacted(f"so {SECRET}.") == "so ***."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKENIZERS_PARALLELISM", "false"),
        ("MAX_TOKENS", "1500"),
        ("KEYBOARD", "german"),
        ("API_KEY", "x"),
        ("EDITOR", "vim"),
    ],
)
def test_what_only_sounds_like_a_secret_stays(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    text = "a german axe, 1500 times false, by vim"
    assert redacted(text) == text


def test_every_spelling_of_a_secret_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = 'q"uo\\te ü/+&'
    monkeypatch.setenv("A_SECRET", secret)
    spellings = (
        secret,
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        json.dumps(json.dumps(secret)),
        repr(secret),
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
    )
    for spelling in spellings:
        assert "***" in redacted(spelling), spelling
        assert "uo" not in redacted(spelling), spelling


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("curl -H 'Authorization: Bearer abc123def456'", "curl -H 'Authorization: Bearer ***'"),
        ('{"authorization": "Basic dXNlcjpwYXNz"}', '{"authorization": "Basic ***"}'),
        ("http://ann:hunter2@host/v1", "http://ann:***@host/v1"),
        ("https://host/x?api_key=hunter2&n=1", "https://host/x?api_key=***&n=1"),
        ("sk-proj-0123456789abcdefABCDEF", "***"),
        ("use ghp_0123456789abcdefABCDEF now", "use *** now"),
        ("X-Api-Key: 0123456789abcdef", "X-Api-Key: ***"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc_DEF-123", "***"),
        (
            "a bearer of bad news, at http://host:80/x and me@host",
            "a bearer of bad news, at http://host:80/x and me@host",
        ),
        ("the key=value pairs, sk-learn and basic skills", "the key=value pairs, sk-learn and basic skills"),
    ],
)
def test_what_looks_like_a_key_is_masked_and_the_rest_is_not(text: str, left: str) -> None:
    assert redacted(text) == left


def test_a_password_in_an_address_of_the_environment_is_known_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://ann:{quote(OTHER)}@host/v1")
    assert redacted(f"her word is {OTHER}") == "her word is ***"


def test_a_secret_that_was_told_of_is_masked() -> None:
    keep_secret("planted-by-hand-1", None, "")
    assert redacted("planted-by-hand-1") == "***"


def test_values_are_masked_in_depth_keys_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", SECRET)
    value = {SECRET: [{"a": f"x{SECRET}"}, 1, None, True], "b": (SECRET,)}
    assert redacted_value(value) == {"***": [{"a": "x***"}, 1, None, True], "b": ["***"]}


def test_a_secret_that_holds_another_is_masked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "inner-secret")
    monkeypatch.setenv("B_TOKEN", "outer-inner-secret-outer")
    assert redacted("outer-inner-secret-outer") == "***"
