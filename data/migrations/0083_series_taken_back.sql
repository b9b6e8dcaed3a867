-- Removing a series can be taken back for a while, as removing an automation can.

ALTER TABLE series ADD COLUMN removed_at INTEGER;

DROP INDEX series_name_idx;
CREATE UNIQUE INDEX series_name_idx ON series (user_id, name COLLATE NOCASE) WHERE removed_at IS NULL;
CREATE INDEX series_user_idx ON series (user_id, id);
CREATE INDEX series_removed_idx ON series (removed_at) WHERE removed_at IS NOT NULL;
