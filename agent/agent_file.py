"""The agent's record: one SQLite file with the tables of requests, their work, and what was learned."""

from __future__ import annotations

from pathlib import Path

from agent.errors import AgentUnavailable
from tool_bank.database import Database, Layout
from tool_bank.schema_steps import Step, statements_of

FILE = "agent.sqlite"
APPLICATION_ID = 0x61676E74  # "agnt": tells the file from any other SQLite file

_FIRST = """
CREATE TABLE requests (
    id       TEXT PRIMARY KEY,
    wish     TEXT NOT NULL,     -- JSON
    state    TEXT NOT NULL,
    question TEXT,              -- JSON; what it waits for
    outcome  TEXT,              -- JSON
    created  TEXT NOT NULL,
    changed  TEXT NOT NULL
);
CREATE TABLE events (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    request TEXT NOT NULL REFERENCES requests,
    at      TEXT NOT NULL,
    kind    TEXT NOT NULL,      -- created, updated, a state's name, asked, answered, progress
    detail  TEXT NOT NULL       -- JSON
);
CREATE TABLE operations (       -- what was done for a request, so that it is never done twice
    request    TEXT NOT NULL REFERENCES requests,
    kind       TEXT NOT NULL,   -- model, call, answer, create, ...
    key        TEXT NOT NULL,   -- SHA-256 of what was done
    occurrence INTEGER NOT NULL,-- the how-manieth time
    body       TEXT NOT NULL,   -- JSON: what was done
    result     TEXT,            -- JSON; NULL while it is under way
    seconds    REAL,
    at         TEXT NOT NULL,
    PRIMARY KEY (request, kind, key, occurrence)
);
CREATE TABLE facts (            -- what is known of a user; editable, deletable
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    user   TEXT NOT NULL,
    kind   TEXT NOT NULL,       -- preference or fact
    text   TEXT NOT NULL,
    source TEXT NOT NULL,       -- where it was learned
    at     TEXT NOT NULL,
    UNIQUE (user, text)
);
CREATE TABLE emulations (       -- calls that a model answered in place of a tool
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    request   TEXT NOT NULL,
    name      TEXT NOT NULL,
    arguments TEXT NOT NULL,    -- JSON
    value     TEXT NOT NULL,    -- JSON
    signature TEXT NOT NULL,
    description TEXT NOT NULL,
    at        TEXT NOT NULL,
    UNIQUE (name, arguments, value)
);
CREATE TABLE plans (            -- plans that succeeded
    request TEXT PRIMARY KEY REFERENCES requests,
    objective TEXT NOT NULL,
    source  TEXT NOT NULL,
    tools   TEXT NOT NULL,      -- JSON list of names
    at      TEXT NOT NULL
);
CREATE TABLE chunks (           -- pieces of the documents that users gave
    id       TEXT PRIMARY KEY,  -- SHA-256 of source, place and text
    source   TEXT NOT NULL,     -- path of the file
    place    INTEGER NOT NULL,  -- first line
    text     TEXT NOT NULL,
    digest   TEXT NOT NULL      -- of the text: names its vector
);
CREATE TABLE vectors (
    id       TEXT NOT NULL,     -- SHA-256 of the text
    model_id TEXT NOT NULL,
    vector   BLOB NOT NULL,     -- float32, little-endian
    PRIMARY KEY (id, model_id)
);
CREATE TABLE turns (            -- conversations that lead to requests
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL,
    role         TEXT NOT NULL,
    text         TEXT NOT NULL,
    at           TEXT NOT NULL
);
CREATE INDEX events_by_request ON events (request, number);
CREATE INDEX chunks_by_source ON chunks (source);
CREATE INDEX chunks_by_digest ON chunks (digest);
"""
_CLIENT_MESSAGES = """
CREATE TABLE client_messages (  -- what clients sent and was done, so that it is never done twice
    id      TEXT PRIMARY KEY,   -- given by the client
    digest  TEXT NOT NULL,      -- SHA-256 of what it said
    request TEXT NOT NULL,
    state   TEXT NOT NULL,      -- of the request, after the step
    at      TEXT NOT NULL
);
CREATE INDEX client_messages_by_time ON client_messages (at);
CREATE INDEX requests_by_state ON requests (state);
"""
STEPS = (Step(_FIRST, ("events",)), Step(_CLIENT_MESSAGES))


def _mend(path: Path) -> str:
    return f"put a copy in its place, or move {path} away, which forgets all requests"


LAYOUT = Layout(
    "record of an agent",
    APPLICATION_ID,
    len(STEPS),
    lambda found: statements_of(STEPS, APPLICATION_ID, found),
    AgentUnavailable,
    _mend,
)


def open_record(directory: str | Path) -> Database:
    """Opens the record in a directory, making it where there is none.

    Raises:
        AgentUnavailable: The directory cannot be used, or the file is damaged, another program's or newer.
    """
    path = Path(directory)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AgentUnavailable(
            f"{path}: expected a directory that may be written to: {error.strerror or error}"
        ) from error
    return Database(path / FILE, LAYOUT)
