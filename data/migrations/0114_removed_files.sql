-- A picture that was taken out of a post can be put back for as long as the trash is kept; until then its bytes stay.

CREATE TABLE removed_file (
    id           INTEGER PRIMARY KEY, -- the one it had, and gets back
    post_id      INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    name         TEXT NOT NULL,
    mime         TEXT NOT NULL,
    bytes        INTEGER NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    frames       INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    chosen       INTEGER NOT NULL,
    thumb_width  INTEGER,
    thumb_height INTEGER,
    phash        TEXT,
    derived_at   INTEGER,
    metadata     TEXT,
    says_ai      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    removed_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX removed_file_post_idx ON removed_file (post_id);
CREATE INDEX removed_file_sha256_idx ON removed_file (sha256);
CREATE INDEX removed_file_at_idx ON removed_file (removed_at);
