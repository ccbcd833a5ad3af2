-- +goose Up

-- What binds publishing to an instance. No row: nothing does.
CREATE TABLE rules (
    instance TEXT   NOT NULL PRIMARY KEY,
    doc      TEXT   NOT NULL, -- JSON
    rev      BIGINT NOT NULL  -- grows with every change
);

-- The first of two words for a plan, JSON; NULL where one was enough.
ALTER TABLE change_set ADD COLUMN proposal TEXT;
-- Why an approval does not hold any more, JSON; NULL where it does, or there was none.
ALTER TABLE change_set ADD COLUMN fell TEXT;
-- The approval is one publisher's against the rules.
ALTER TABLE change_set ADD COLUMN break_glass BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
UPDATE change_set SET state = CASE WHEN runs = 0 THEN 'planned' ELSE 'paused' END WHERE state = 'proposed';
ALTER TABLE change_set DROP COLUMN break_glass;
ALTER TABLE change_set DROP COLUMN fell;
ALTER TABLE change_set DROP COLUMN proposal;
DROP TABLE rules;
