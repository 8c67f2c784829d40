from __future__ import annotations

import socket
from pathlib import Path

import pytest

from language_models import ChatRequest, Message, ModelUnavailable
from language_models.llama_engine import Loading
from language_models.llama_server import serve
from language_models.openai_backend import OpenAIBackend

ASKED = (Message("system", "Answer the question."), Message("user", "What is the capital of France?"))
QUESTION = ChatRequest(ASKED, max_tokens=16, temperature=0.0)
SMALL = Loading(context_tokens=128, parallel=1)


@pytest.mark.model
def test_an_openai_client_talks_to_a_served_model(model_path: Path) -> None:
    with serve(model_path, api_key="key-of-the-test", loading=SMALL) as served:
        assert served.base_url.startswith("http://127.0.0.1:")
        with OpenAIBackend(None, base_url=served.base_url, api_key="key-of-the-test") as client:
            assert "Paris" in client.chat(QUESTION).texts[0]
        with (
            OpenAIBackend(served.name, base_url=served.base_url, api_key="another") as stranger,
            pytest.raises(ModelUnavailable, match="refused with 401"),
        ):
            stranger.chat(QUESTION)
        assert "key-of-the-test" not in repr(served)


def test_an_address_open_to_others_needs_a_key(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "example.org"):
        with (
            pytest.raises(ValueError, match="give an api_key, or listen at 127"),
            serve(tmp_path / "a", host=host),
        ):
            pass
    with pytest.raises(ModelUnavailable, match="no such file"), serve(tmp_path / "a", host="127.0.0.2"):
        pass


@pytest.mark.model
def test_a_port_that_is_taken_is_named(model_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(ModelUnavailable, match=f"127.0.0.1:{port} cannot be listened at"),
            serve(model_path, port=port, loading=SMALL),
        ):
            pass


@pytest.mark.parametrize(("field", "value"), [("port", -1), ("port", 70_000), ("api_key", "")])
def test_a_port_or_key_that_is_none_is_refused(tmp_path: Path, field: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"serve\({field}="), serve(tmp_path / "a", **{field: value}):  # type: ignore[arg-type]
        pass
