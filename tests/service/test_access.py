"""The token of the server: made once, read by its owner alone, never shown."""

import os
import stat

import pytest

from service.errors import UsageError
from service.web.access import TOKEN_FILE, Access, token_file, token_of


def test_a_token_is_made_once_and_is_its_owners_alone(tmp_path):
    token = token_of(tmp_path / "record", {})
    assert token_of(tmp_path / "record", {}) == token
    assert stat.S_IMODE((tmp_path / "record" / TOKEN_FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "record").iterdir()] == [TOKEN_FILE]


def test_two_records_have_two_tokens(tmp_path):
    assert token_of(tmp_path / "a", {}) != token_of(tmp_path / "b", {})


def test_the_environment_comes_first(tmp_path):
    assert token_of(tmp_path, {"FUNSEARCH_TOKEN": " given-by-somebody "}) == "given-by-somebody"
    assert not (tmp_path / TOKEN_FILE).exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"file/token: expected a file"):
        token_of(tmp_path / "file", {})


@pytest.mark.parametrize("token", ["", "short", "with a blank in the middle", "\u00fcmlauts-in-the-token"])
def test_a_token_that_could_be_guessed_or_not_be_sent_is_refused(token):
    with pytest.raises(UsageError, match="expected 16 or more ASCII"):
        Access(token)


def test_a_token_of_the_environment_lies_in_no_file(tmp_path):
    given = {"FUNSEARCH_TOKEN": "sixteen-or-more-characters"}
    assert token_file(tmp_path, given) is None
    assert token_of(tmp_path, given) == given["FUNSEARCH_TOKEN"]
    assert not (tmp_path / "token").exists()
    assert token_file(tmp_path, {}) == tmp_path / "token"
    assert token_of(tmp_path, {}) == (tmp_path / "token").read_text().strip()


def test_access_does_not_show_its_token():
    access = Access("sixteen-or-more-characters")
    assert "sixteen" not in repr(access)
    assert "sixteen" not in access.session


def test_a_session_belongs_to_its_token():
    one, other = Access("the-first-token-here"), Access("the-second-token-here")
    assert one.admits("", {"funsearch_session": one.session})
    assert not other.admits("", {"funsearch_session": one.session})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_token_that_others_can_read_is_not_used(tmp_path, mode):
    path = tmp_path / TOKEN_FILE
    path.write_text("a-token-of-sixteen-or-more")
    path.chmod(mode)
    with pytest.raises(UsageError, match="that you alone can read"):
        token_of(tmp_path, {})
    path.chmod(0o600)
    assert token_of(tmp_path, {}) == "a-token-of-sixteen-or-more"


def test_a_token_file_that_is_a_link_or_a_pipe_is_not_used(tmp_path):
    (tmp_path / "elsewhere").write_text("a-token-of-sixteen-or-more")
    (tmp_path / TOKEN_FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="regular file"):
        token_of(tmp_path, {})
    (tmp_path / TOKEN_FILE).unlink()
    os.mkfifo(tmp_path / TOKEN_FILE, 0o600)
    with pytest.raises(UsageError, match="regular file"):
        token_of(tmp_path, {})
