"""The packages that a file asks for, by the standard way of saying so in a comment of its own (PEP 723).

# /// script
# dependencies = ["numpy", "networkx"]
# ///
"""

from __future__ import annotations

import re
import tomllib

from funsearch.exceptions import TaskError

_BLOCK = re.compile(r"^# /// script\n((?:^#(?:| .*)\n)+?)^# ///$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def packages_of(text: str) -> tuple[str, ...] | None:
    """Returns the distributions that a file names; None where it names none.

    Raises:
        TaskError: The comment is no TOML, stands there twice, or names anything but plain distributions.
    """
    blocks = _BLOCK.findall(text)
    if not blocks:
        return None
    if len(blocks) > 1:
        raise TaskError(f"expected one comment `# /// script`, found {len(blocks)}")
    try:
        metadata = tomllib.loads("".join(line[2:] for line in blocks[0].splitlines(keepends=True)))
    except tomllib.TOMLDecodeError as error:
        raise TaskError(f"expected TOML in the comment `# /// script`, found an error: {error}") from error
    return _checked(metadata.get("dependencies", []))


def _checked(names: object) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(n, str) and _NAME.fullmatch(n) for n in names):
        raise TaskError(
            "expected dependencies as plain names, such as ['numpy', 'networkx'], without versions: the "
            f"sandbox takes what is installed; found {names!r:.200}"
        )
    return tuple(names)
