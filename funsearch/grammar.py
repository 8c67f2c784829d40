"""A grammar of one-line expressions for small language models.

A 135 M parameter model completes few valid programs by itself; bound to this form, most are. The depth is
bounded because a small model, given brackets, opens them for ever.
"""

from __future__ import annotations

from collections.abc import Sequence

MAX_DEPTH = 3
_OPERATORS = '" + " | " - " | " * " | " / " | " ** " | " % "'
_RELATIONS = '" < " | " <= " | " > " | " >= "'
_NUMBER = '[0-9] [0-9]? [0-9]? ("." [0-9] [0-9]?)?'


def return_expression(names: Sequence[str], array_module: str | None, sequences: Sequence[str] = ()) -> str:
    """Returns a GBNF grammar of what may follow `return`: a space, an expression over `names`, a line end.

    Of the names in `sequences` it has entries, counts and sums.
    """
    choices = " | ".join(_reading(name) if name in sequences else f'"{name}"' for name in names)
    rules = [
        f'root ::= " " expr{MAX_DEPTH} "\\n"',
        f"operator ::= {_OPERATORS}",
        f"relation ::= {_RELATIONS}",
        f"number ::= {_NUMBER}",
        f"name ::= {choices}",
        "expr0 ::= atom (operator atom)?",
        'atom ::= "-"? name | number',
    ]
    for depth in range(1, MAX_DEPTH + 1):
        rules.append(f"expr{depth} ::= term{depth} (operator term{depth})? (operator term{depth})?")
        rules.append(f"term{depth} ::= " + " | ".join(_terms(f"expr{depth - 1}", array_module)))
    return "\n".join(rules) + "\n"


def _reading(name: str) -> str:
    return (
        f'"{name}[" "-"? [0-2] "]" | "{name}.count(" [0-2] ")" | ("sum" | "min" | "max" | "len") "({name})"'
    )


def _terms(inner: str, array_module: str | None) -> list[str]:
    bracketed = f'"-"? "(" {inner} ")"'
    if array_module is None:
        calls = [f'"abs(" {inner} ")"', f'("max" | "min") "(" {inner} ", " {inner} ")"']
    else:
        unary = '("abs" | "sqrt" | "exp" | "log1p" | "square" | "tanh")'
        calls = [
            f'"{array_module}." {unary} "(" {inner} ")"',
            f'"{array_module}." ("maximum" | "minimum") "(" {inner} ", " {inner} ")"',
            f'"{array_module}.where(" {inner} relation {inner} ", " {inner} ", " {inner} ")"',
        ]
    return ["atom", bracketed, *calls]
