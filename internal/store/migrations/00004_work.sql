-- +goose Up

-- Long work (internal/operation), and who does it. Rows go when they have ended long ago.
CREATE TABLE work (
    id           TEXT        NOT NULL PRIMARY KEY,
    kind         TEXT        NOT NULL,
    subject      TEXT        NOT NULL,
    key          TEXT        NOT NULL,
    input        TEXT,                 -- JSON, as are saved, progress, result and failure
    person       TEXT        NOT NULL,
    asked        TIMESTAMPTZ NOT NULL,
    state        TEXT        NOT NULL,
    attempt      BIGINT      NOT NULL DEFAULT 0, -- the fencing number
    lost         BIGINT      NOT NULL DEFAULT 0,
    owner        TEXT        NOT NULL DEFAULT '',
    lease_until  TIMESTAMPTZ,
    started      TIMESTAMPTZ,
    ended        TIMESTAMPTZ,
    progress     TEXT,
    saved        TEXT,
    result       TEXT,
    failure      TEXT,
    cancel_by    TEXT        NOT NULL DEFAULT '',
    cancel_asked TIMESTAMPTZ,
    rev          BIGINT      NOT NULL DEFAULT 1
);

-- One active operation per key, whatever the code does.
CREATE UNIQUE INDEX work_one_active ON work (key) WHERE state IN ('queued', 'running');
CREATE INDEX work_queue ON work (asked, id) WHERE state IN ('queued', 'running');
CREATE INDEX work_of_subject ON work (subject, asked);
CREATE INDEX work_ended ON work (ended);

-- Turns that come round, shared by all processes.
CREATE TABLE turn (
    key  TEXT        NOT NULL PRIMARY KEY,
    next TIMESTAMPTZ NOT NULL
);

-- +goose Down
DROP TABLE turn;
DROP TABLE work;
