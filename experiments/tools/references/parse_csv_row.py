"""What parse_csv_row must answer."""

import csv
import random


def parse_csv_row(line: str, separator: str = ",") -> list[str]:
    """Returns the fields of the line."""
    return next(csv.reader([line], delimiter=separator))


def _row(separator: str) -> str:
    plain = ("a", "", "b c", " d", "12.5", "it's")
    quoted = ('""', f'"x{separator}y"', '"say ""no"""', f'"{separator}"', '""""', '" e "', '"plain"')
    fields = [_rng.choice(plain + quoted) for _ in range(_rng.randint(2, 5))]
    return separator.join(["f", *fields])


_rng = random.Random(0)
_LINES = [
    "a", ",", " ", '""', '""""', '"a"', '","', "a,b", " a , b ", '"a""b"', ",,,", "a,", ",a", '"",""', '" "',
    "a;b", '"a;b",c', "1,2,3", "it's,'ok'", '"x","y, z"', "é,ü",
]  # fmt: skip
_EDGES: list[tuple[str, str]] = [
    ("", "\t"), ("a\tb", "\t"), ("a b", "\t"), ("a|b|", "|"), ("a,b", "|"), ('"a|b"|c', "|"), ("a b  c", " "),
]  # fmt: skip
INPUTS: list[tuple[str, str]] = [
    *[(line, ",") for line in _LINES],
    *_EDGES,
    *[(_row(separator), separator) for separator in ",;\t|:" for _ in range(12)],
]
