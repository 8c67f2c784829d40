"""Opens the files of a Chroma index and asks them, in a process of its own: corrupt ones can crash it.

Run by its path, with the directory and the number of vectors in it; imports nothing of the house.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SECONDS = 60.0
ASKED = 100  # vectors that look for themselves
FOUND = 0.1  # share of them that must be found: where vectors lie close, a sound graph misses half of them
TOLERANCE = 1e-3


def start(directory: Path, count: int) -> subprocess.Popen[bytes]:
    """Returns a process that ends with status 0 if the index in `directory` opens, and answers."""
    command = [sys.executable, "-P", __file__, str(directory), str(count)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def is_good(process: subprocess.Popen[bytes]) -> bool:
    """Tells whether a started probe ended well, and within its time."""
    try:
        return process.wait(SECONDS) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        process.kill()
        process.wait()


def main(directory: str, count: str) -> None:
    """Raises, or dies, where the index does not hold `count` vectors, some of which find themselves."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(directory, settings=Settings(anonymized_telemetry=False))
    collection = client.get_collection("tools", embedding_function=None)
    if collection.count() != int(count):
        raise SystemExit("expected another number of vectors")
    some = collection.get(limit=ASKED, include=["embeddings"])["embeddings"]
    if not int(count) or some is None:
        return
    found = collection.query(query_embeddings=some, n_results=1, include=["distances"])["distances"] or []
    hits = sum(
        nearest <= 1 - sum(float(x) * float(x) for x in vector) + TOLERANCE
        for vector, (nearest, *_) in zip(some, found, strict=True)
    )
    if hits < FOUND * len(some):
        raise SystemExit("too few vectors find themselves")


if __name__ == "__main__":
    main(*sys.argv[1:])
