"""What is_balanced must answer."""

import random


def is_balanced(text: str) -> bool:
    """Returns whether each bracket is closed by its own kind, innermost first."""
    brackets = "".join(character for character in text if character in "()[]{}")
    while (shorter := brackets.replace("()", "").replace("[]", "").replace("{}", "")) != brackets:
        brackets = shorter
    return not brackets


def _nested(depth: int) -> str:
    if depth == 0:
        return _rng.choice(("", "x"))
    left, right = _rng.choice(("()", "[]", "{}"))
    return left + _nested(depth - 1) + right + _nested(_rng.randint(0, depth - 1))


_rng = random.Random(0)
_SOUND = [_nested(depth) for depth in (2, 3, 4) for _ in range(10)]
_TEXTS = [
    "()", "[]", "{}", ")", "]", "}", "[", "{", "(]", "{)", "()[]{}", "([{}])", "([{])}", ")(", "][", "abc",
    "f(g(x)", "f(g(x))", "<>", "<(>)", "(()", "())", "(((", ")))", "(" * 50 + ")" * 50,
    "{'a': [1, 2], 'b': (3)}", "{'a': [1, 2}", "a) + (b", "()())", "(()())", "][]", "\n(\n)\n",
]  # fmt: skip
INPUTS: list[tuple[str]] = [
    *[(text,) for text in _TEXTS],
    *[(text,) for text in dict.fromkeys(_SOUND)],
    *[(f"{text[1:]}{text[0]}!",) for text in dict.fromkeys(_SOUND[:12])],
    *[(f"{text[:-1]})?",) for text in dict.fromkeys(_SOUND[12:24])],
]
