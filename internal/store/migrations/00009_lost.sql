-- +goose Up

-- How many runs in a row, up to the latest, took a change up from one that ended without a word.
ALTER TABLE change_set ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;

-- Which entry tells the outcome of a step: clocks do not say what came last.
CREATE INDEX entry_told ON entry (change, step, seq) WHERE kind IN ('outcome', 'settled');

-- +goose Down
DROP INDEX entry_told;
ALTER TABLE change_set DROP COLUMN lost;
