"""What fill_template must answer."""

import random
import re


def fill_template(template: str, values: dict[str, str]) -> str:
    """Returns the template with its placeholders filled."""
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), template)


def _template() -> str:
    return "".join(_rng.choice(("{a}", "{b}", "{c}", "{", "}", "x", " ", "a", "{d}")) for _ in range(7))


_rng = random.Random(0)
_A: dict[str, str] = {"a": "1"}
_ALL = {"a": "{b}", "b": "{c}", "c": "{a}"}
_EDGES: list[tuple[str, dict[str, str]]] = [
    ("", {}), ("", _A), ("plain", _A), ("{a}", {}), ("{a}", _A), ("{a}{a}", _A), ("{b}", _A), ("{}", _A),
    ("{{a}}", _A), ("{ a }", _A), ("{a", _A), ("a}", _A), ("{a}}", _A), ("{{a}", _A), ("{A}", _A),
    ("{ab}", _A), ("{a:>5}", _A), ("{a!r}", _A), ("{a.b}", _A), ("{a}", {"a": ""}), ("<{a}>", {"a": "{a}"}),
    ("{0}", _A), ("%s $a {a}", _A), ("{a}{b}", {"a": "{", "b": "}"}), ("{b}{a}", {"a": "{b}", "b": "{a}"}),
    ("{a_1} {a_2}", {"a_1": "x", "a_2": "y"}), ("Hello {first} {last}", {"first": "Ada", "last": "Lovelace"}),
    ("{a}\n{a}", {"a": "two\nlines"}), ("{a}", {"a": "\\1"}), ("{a}{b}", {"a": "{b", "b": "z"}),
    ("{x}{y}", {"x": "{y}"}),
]  # fmt: skip
INPUTS: list[tuple[str, dict[str, str]]] = [
    *_EDGES,
    *[(_template(), _ALL) for _ in range(25)],
    *[(_template(), {"a": "é", "d": "{{a}}"}) for _ in range(15)],
]
