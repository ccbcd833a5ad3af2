-- +goose Up

-- How many runs in a row, up to the latest, took a change up from one that ended without a word.
ALTER TABLE change_set ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE change_set DROP COLUMN lost;
