-- Pairs of posts that look alike and are both wanted: whoever said so once is not asked again. The lower id stands first.

CREATE TABLE kept_both (
    post_id  INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    other_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    PRIMARY KEY (post_id, other_id),
    CHECK (post_id < other_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_both_other_idx ON kept_both (other_id);
