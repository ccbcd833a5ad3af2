-- +goose Up

-- This file serves SQLite and PostgreSQL. TIMESTAMPTZ and BYTEA are only names to SQLite, which keeps what it is
-- given: times as text in UTC (which sorts as time does), bytes as bytes.

-- A change from plan to end, and the lease of whoever runs it.
CREATE TABLE operation (
    id          TEXT        NOT NULL PRIMARY KEY,
    kind        TEXT        NOT NULL,
    instance    TEXT        NOT NULL,
    region      TEXT        NOT NULL,
    account     TEXT        NOT NULL,
    person      TEXT        NOT NULL,
    hash        TEXT        NOT NULL,
    plan        TEXT        NOT NULL, -- JSON: what is fixed once planned, without the steps
    created     TIMESTAMPTZ NOT NULL,
    state       TEXT        NOT NULL,
    reason      TEXT        NOT NULL DEFAULT '',
    approved_by TEXT        NOT NULL DEFAULT '',
    approved    TEXT,                 -- JSON: who published it
    owner       TEXT        NOT NULL DEFAULT '',
    attempt     BIGINT      NOT NULL DEFAULT 0, -- the fencing number
    lease_until TIMESTAMPTZ,
    started     TIMESTAMPTZ,
    finished    TIMESTAMPTZ
);

-- One change at a time per instance, whatever the code does.
CREATE UNIQUE INDEX operation_one_running ON operation (instance) WHERE state = 'running' AND kind = 'change';
CREATE INDEX operation_newest ON operation (created, id);
CREATE INDEX operation_of_instance ON operation (instance, created);

CREATE TABLE step (
    operation_id TEXT    NOT NULL REFERENCES operation (id),
    key          TEXT    NOT NULL,
    position     INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    flow         TEXT    NOT NULL, -- the flow written; of a create, filled in by its outcome
    plan         TEXT    NOT NULL, -- JSON: what is fixed once planned
    state        TEXT    NOT NULL,
    intent       TEXT,             -- JSON
    intent_at    TIMESTAMPTZ,
    outcome      TEXT,             -- JSON
    outcome_at   TIMESTAMPTZ,
    PRIMARY KEY (operation_id, key),
    UNIQUE (operation_id, position)
);
CREATE INDEX step_of_flow ON step (flow);

-- What flows held before and after each write, by the SHA-256 of the bytes; gzip.
CREATE TABLE content (
    hash  TEXT        NOT NULL PRIMARY KEY,
    size  BIGINT      NOT NULL, -- of the content, uncompressed
    bytes BYTEA       NOT NULL,
    kept  TIMESTAMPTZ NOT NULL
);

-- A deleted draft keeps its row, so that its revision never comes again.
CREATE TABLE guide_draft (
    instance TEXT        NOT NULL,
    flow     TEXT        NOT NULL,
    rev      BIGINT      NOT NULL,
    draft    TEXT,                 -- JSON; NULL once deleted
    changed  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (instance, flow)
);

CREATE TABLE person (
    id       TEXT        NOT NULL PRIMARY KEY,
    name     TEXT        NOT NULL,
    name_key TEXT        NOT NULL UNIQUE, -- the name without regard to case
    role     TEXT        NOT NULL,
    hash     TEXT        NOT NULL,
    created  TIMESTAMPTZ NOT NULL,
    disabled BOOLEAN     NOT NULL
);

CREATE TABLE link (
    hash    TEXT        NOT NULL PRIMARY KEY, -- SHA-256 of the token; the token is kept nowhere
    purpose TEXT        NOT NULL,
    person  TEXT        NOT NULL,
    role    TEXT        NOT NULL,
    expires TIMESTAMPTZ NOT NULL,
    used    TIMESTAMPTZ
);

-- Failed sign-ins, by name or address.
CREATE TABLE attempt (
    key TEXT        NOT NULL,
    at  TIMESTAMPTZ NOT NULL
);
CREATE INDEX attempt_by_key ON attempt (key, at);

CREATE TABLE session (
    token   TEXT        NOT NULL PRIMARY KEY, -- a hash
    data    BYTEA       NOT NULL,
    person  TEXT        NOT NULL,
    expires TIMESTAMPTZ NOT NULL
);
CREATE INDEX session_of_person ON session (person);
CREATE INDEX session_expires ON session (expires);

-- Who did what, when and why. Only ever added to.
CREATE TABLE record (
    id      INTEGER     NOT NULL PRIMARY KEY, -- numbered by the database
    at      TIMESTAMPTZ NOT NULL,
    person  TEXT        NOT NULL,
    name    TEXT        NOT NULL,
    address TEXT        NOT NULL,
    action  TEXT        NOT NULL,
    subject TEXT        NOT NULL,
    reason  TEXT        NOT NULL,
    result  TEXT        NOT NULL
);

-- +goose Down
DROP TABLE record;
DROP TABLE session;
DROP TABLE attempt;
DROP TABLE link;
DROP TABLE person;
DROP TABLE guide_draft;
DROP TABLE content;
DROP TABLE step;
DROP TABLE operation;
