"""What parse_query_string must answer."""

import random
from urllib.parse import unquote_plus


def parse_query_string(query: str) -> dict[str, list[str]]:
    """Returns the values of each name."""
    found: dict[str, list[str]] = {}
    for piece in filter(None, query.split("&")):
        name, _, value = piece.partition("=")
        found.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return found


def _piece() -> str:
    text = "".join(_rng.choice(("a", "b", "1", "+", "%20", "%26", "%3D", "%2B", ".")) for _ in range(3))
    return f"{_rng.choice('abc')}={text}"


_rng = random.Random(0)
_QUERIES = [
    "a=1", "a", "a=", "=1", "=", "&", "&&", "a=1&", "&a=1", "a=1&&b=2", "a&b", "a&a", "a=b=c", "a==",
    "a=1&a=1", "a=&a=1", "q=red+shoes&page=2", "x=%41", "%61=1", "a%3Db=c", "a=%25", "a=%2B+%2b", "a=1;b=2",
    "a+b=c+d", "+=+", "a=%26&b=%3d", "A=1&a=2", "a=1&b=2&c=3&b=4&a=5", "name=Ann&lang=en&lang=fr", "a=?b",
    "a=%7E~", "token=abc%2Fdef%3D%3D", "a=%2541", "a[]=1&a[]=2",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(query,) for query in _QUERIES],
    *[("&".join(_piece() for _ in range(_rng.randint(2, 6))),) for _ in range(40)],
]
