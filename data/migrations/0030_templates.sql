-- Reusable text: tags, descriptions and comments; and which doors lay them over what arrives.

CREATE TABLE template (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    kind       TEXT NOT NULL CHECK (kind IN ('tags', 'description', 'comment')),
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    body       TEXT NOT NULL CHECK (length(body) BETWEEN 1 AND 20000),
    used       INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0), -- how often it was applied: what {seq} counts
    version    INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    removed_at INTEGER -- kept for a while, so that removing can be taken back
) STRICT;
-- Programs name a template, so a name means one thing.
CREATE UNIQUE INDEX template_name_idx ON template (user_id, name COLLATE NOCASE) WHERE removed_at IS NULL;
CREATE INDEX template_removed_idx ON template (removed_at) WHERE removed_at IS NOT NULL;

-- What a door lays over everything that arrives through it, in order.
CREATE TABLE template_use (
    door        TEXT NOT NULL CHECK (door IN ('key', 'channel')),
    door_id     INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    template_id INTEGER NOT NULL REFERENCES template (id) ON DELETE CASCADE,
    PRIMARY KEY (door, door_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX template_use_template_idx ON template_use (template_id);

-- Which templates a post was made with: automations can choose by it.
CREATE TABLE post_template (
    post_id     INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    template_id INTEGER NOT NULL REFERENCES template (id) ON DELETE CASCADE,
    PRIMARY KEY (post_id, template_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_template_template_idx ON post_template (template_id);

-- Which of the posts that arrived together one is: {part} of {parts}.
CREATE INDEX post_batch_idx ON post (user_id, batch, id) WHERE batch <> '';
