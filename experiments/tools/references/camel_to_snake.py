"""What camel_to_snake must answer."""

import random
import re


def camel_to_snake(name: str) -> str:
    """Returns the name's words in lower case, joined by underscores."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


_rng = random.Random(0)
_NAMES = [
    "a", "A", "7", "aB", "Ab", "AB", "ABc", "aBC", "aBc", "aBCd", "ABCd", "word", "WORD", "createdAt",
    "XMLHttpRequest", "parseXML", "userID", "userIDs", "HTMLPage2Go", "sha256Sum", "A1B", "A1b", "a1b", "a1B",
    "2Fast", "2fast", "version10Beta", "utf8", "UTF8", "UTF8Text", "aBcDeF", "iPhone", "MacBookPro", "B2B",
    "getHTTPResponseCode200", "X", "IsOK", "OKButton",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(name,) for name in _NAMES],
    *[("".join(_rng.choice("abABC1") for _ in range(_rng.randint(5, 12))),) for _ in range(45)],
]
