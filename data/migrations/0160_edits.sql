-- What a single edit changed, so that it can be taken back for thirty days, as a change of many posts can.

CREATE TABLE post_edit (
    post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    version INTEGER NOT NULL, -- the one it led to
    at      INTEGER NOT NULL,
    fields  TEXT NOT NULL CHECK (json_valid(fields)), -- {"title": ["before", "after"]}
    PRIMARY KEY (post_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_edit_at_idx ON post_edit (at);
