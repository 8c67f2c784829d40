"""The tables of the record, version by version of their schema.

A record of an older schema is brought to the newest when it is opened, in one transaction, step by step;
nothing is ever taken away. The number of the schema is SQLite's user_version.
"""

from __future__ import annotations

from collections.abc import Iterator

from tool_bank.schema_steps import Step, statements_of

APPLICATION_ID = 0x746F6F6C  # "tool": tells a bank from any other SQLite file

_VERSIONS = """
CREATE TABLE versions (
    version  TEXT PRIMARY KEY,  -- SHA-256 of the body
    name     TEXT NOT NULL,
    body     TEXT NOT NULL,     -- the tool as canonical JSON, without its status
    added_at TEXT NOT NULL
);
CREATE TABLE current (
    name    TEXT PRIMARY KEY,
    version TEXT NOT NULL REFERENCES versions,
    status  TEXT NOT NULL
);
CREATE TABLE events (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    kind    TEXT NOT NULL,
    name    TEXT NOT NULL,
    version TEXT NOT NULL REFERENCES versions,
    detail  TEXT NOT NULL       -- JSON
);
CREATE TABLE vectors (
    version  TEXT NOT NULL REFERENCES versions,
    model_id TEXT NOT NULL,
    vector   BLOB NOT NULL,     -- float32, little-endian
    PRIMARY KEY (version, model_id)
);
CREATE INDEX versions_by_name ON versions (name);
CREATE INDEX current_by_version ON current (version);
"""

# What a tool gathers in its life, beside the version that it entered with.
_LIFE = """
CREATE TABLE tests (
    version   TEXT NOT NULL REFERENCES versions,
    arguments TEXT NOT NULL,    -- JSON object, by name
    expected  TEXT NOT NULL,    -- JSON
    origin    TEXT NOT NULL,    -- who says that it is right: example, consensus, ...
    hidden    INTEGER NOT NULL,
    PRIMARY KEY (version, arguments)
);
CREATE TABLE queries (
    name   TEXT NOT NULL,
    query  TEXT NOT NULL,       -- a request that the tool answers
    origin TEXT NOT NULL,       -- where it was heard
    at     TEXT NOT NULL,
    PRIMARY KEY (name, query)
);
CREATE TABLE uses (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    request TEXT NOT NULL,      -- what it was called for; empty where nobody said
    name    TEXT NOT NULL,
    version TEXT NOT NULL REFERENCES versions,
    outcome TEXT NOT NULL,      -- returned, refused or failed
    error   TEXT NOT NULL,
    seconds REAL NOT NULL
);
CREATE TABLE aliases (
    alias   TEXT PRIMARY KEY,   -- a name that another tool answers for
    target  TEXT NOT NULL,
    renamed TEXT NOT NULL,      -- JSON object: parameter of the alias -> parameter of the target
    bound   TEXT NOT NULL,      -- JSON object: parameter of the target -> the value it always has
    why     TEXT NOT NULL,
    at      TEXT NOT NULL
);
CREATE TABLE schemas (
    version TEXT PRIMARY KEY REFERENCES versions,
    body    TEXT NOT NULL       -- JSON; derived from the source, and may be derived again
);
CREATE INDEX uses_by_name ON uses (name, number);
CREATE INDEX aliases_by_target ON aliases (target);
"""

# The step at index n leads from schema n to n + 1.
STEPS = (Step(_VERSIONS, ("versions", "events")), Step(_LIFE, ("tests", "queries", "uses")))
NEWEST = len(STEPS)


def statements(found: int) -> Iterator[str]:
    """Yields what brings a record from schema `found` to the newest."""
    return statements_of(STEPS, APPLICATION_ID, found)
