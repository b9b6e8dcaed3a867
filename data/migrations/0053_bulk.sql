-- Changes of many posts: what was wanted, what became of each, and what it was before, for taking it back.
-- And what lists are sorted and narrowed by.

CREATE TABLE bulk (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    actor      TEXT NOT NULL,
    via        TEXT NOT NULL,
    state      TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'running', 'done', 'undoing', 'undone')),
    change     TEXT CHECK (change IS NULL OR json_valid(change)),
    total      INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    CHECK (state = 'open' OR change IS NOT NULL)
) STRICT;
CREATE INDEX bulk_user_idx ON bulk (user_id, id);
CREATE INDEX bulk_unfinished_idx ON bulk (id) WHERE state IN ('running', 'undoing');

CREATE TABLE bulk_item (
    bulk_id  INTEGER NOT NULL REFERENCES bulk (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    post_id  INTEGER NOT NULL, -- no reference: a post may be deleted for good while its result is still shown
    outcome  TEXT NOT NULL DEFAULT 'waiting' CHECK (outcome IN ('waiting', 'done', 'same', 'refused', 'undone', 'left')),
    sentence TEXT NOT NULL DEFAULT '',
    before   TEXT CHECK (before IS NULL OR json_valid(before)),
    version  INTEGER, -- as the change left the post: another one means that somebody changed it since
    PRIMARY KEY (bulk_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX bulk_item_outcome_idx ON bulk_item (bulk_id, outcome, position);

-- Nothing is missing: kept with the post, so that lists can be narrowed by it.
ALTER TABLE post ADD COLUMN ready INTEGER NOT NULL DEFAULT 0 CHECK (ready IN (0, 1));
UPDATE post
   SET ready = title <> ''
           AND (is_mature IS NOT 1 OR mature_level IS NOT NULL)
           AND (add_watermark IS NOT 1 OR coalesce(display_resolution, 0) > 0)
           AND EXISTS (SELECT 1 FROM file f WHERE f.post_id = post.id AND f.chosen = 1)
           AND NOT EXISTS (SELECT 1 FROM file f WHERE f.post_id = post.id AND f.chosen = 1 AND f.mime LIKE 'video/%');

-- Each order of a list; what lists are narrowed by stands in the index, so that rows are only read to be shown.
CREATE INDEX post_by_id_idx ON post (user_id, id, status, account_id, is_mature, is_ai_generated, held, ready);
CREATE INDEX post_by_title_idx ON post (user_id, title COLLATE NOCASE, id, status, account_id, is_mature,
                                        is_ai_generated, held, ready);
CREATE INDEX post_by_change_idx ON post (user_id, updated_at, id, status, account_id, is_mature, is_ai_generated,
                                         held, ready);
