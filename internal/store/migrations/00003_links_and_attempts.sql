-- +goose Up

-- Who made a link: it ends with their right to make it. Of the open ones made before, nobody knows.
ALTER TABLE link ADD COLUMN maker TEXT NOT NULL DEFAULT '';
DELETE FROM link WHERE used IS NULL AND purpose = 'invite';

-- One attempt counts under several keys.
ALTER TABLE attempt ADD COLUMN id TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_by_id ON attempt (id);

-- +goose Down
DROP INDEX attempt_by_id;
ALTER TABLE attempt DROP COLUMN id;
ALTER TABLE link DROP COLUMN maker;
