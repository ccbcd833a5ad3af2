-- +goose Up

-- The last reading of each instance (internal/survey): a cache, so that a restart or another process need not ask the service again.
CREATE TABLE reading (
    instance TEXT   NOT NULL PRIMARY KEY,
    stamp    BIGINT NOT NULL, -- grows with every change
    edition  TEXT   NOT NULL, -- of the parts that belong to it
    head     BYTEA            -- JSON; null where no reading was finished
);

-- Flows and modules. Those of another edition than the reading's are being saved, or were left.
CREATE TABLE reading_part (
    instance TEXT        NOT NULL,
    edition  TEXT        NOT NULL,
    key      TEXT        NOT NULL,
    doc      BYTEA       NOT NULL, -- JSON
    hashes   TEXT        NOT NULL, -- JSON: of the contents that it needs
    kept     TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (instance, edition, key)
);

-- What flows and modules hold, by the SHA-256 of the bytes; gzip. Unlike those of the journal, they go when no part names them.
CREATE TABLE reading_content (
    instance TEXT        NOT NULL,
    hash     TEXT        NOT NULL,
    size     BIGINT      NOT NULL, -- of the content, uncompressed
    kept     TIMESTAMPTZ NOT NULL,
    bytes    BYTEA       NOT NULL,
    PRIMARY KEY (instance, hash)
);

-- +goose Down
DROP TABLE reading_content;
DROP TABLE reading_part;
DROP TABLE reading;
