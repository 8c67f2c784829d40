from programs.utf8_text import digest, writable


def test_letters_that_utf8_cannot_carry_are_replaced_and_no_others():
    assert writable("a\ud800b") == "a?b"
    assert writable("für 5 €, 日本") == "für 5 €, 日本"


def test_any_text_has_a_digest_of_its_own():
    assert digest("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert len({digest(text) for text in ("", "a", "b", "a\ud800b")}) == 4
