-- A choice of a whole library sets down tens of thousands of rows that wait: a list after IN costs each of them more
-- than all the rest of writing it, and is looked at only for what became of a row.
CREATE TABLE bulk_item_next (
    bulk_id  INTEGER NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    post_id  INTEGER NOT NULL, -- no reference: a post may be deleted for good while its result is still shown
    outcome  TEXT NOT NULL DEFAULT 'waiting'
        CHECK (outcome = 'waiting' OR outcome IN ('done', 'same', 'refused', 'undone', 'left')),
    sentence TEXT NOT NULL DEFAULT '',
    before   TEXT CHECK (before IS NULL OR json_valid(before)),
    version  INTEGER, -- as the change left the post: another one means that somebody changed it since
    PRIMARY KEY (bulk_id, position)
) STRICT, WITHOUT ROWID;
INSERT INTO bulk_item_next SELECT bulk_id, position, post_id, outcome, sentence, before, version FROM bulk_item;
DROP TABLE bulk_item;
ALTER TABLE bulk_item_next RENAME TO bulk_item;
CREATE INDEX bulk_item_outcome_idx ON bulk_item (bulk_id, outcome, position);
