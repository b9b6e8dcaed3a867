-- Copies of what DeviantArt showed, so that looking twice asks once; and works kept for later.

CREATE TABLE inspiration_copy (
    key        BLOB PRIMARY KEY CHECK (length(key) = 32), -- of every parameter, and of the viewer where personal
    viewer     INTEGER REFERENCES account (id) ON DELETE CASCADE, -- NULL: the same for everybody
    kind       TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    content    BLOB NOT NULL,
    bytes      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inspiration_copy_age_idx ON inspiration_copy (fetched_at, bytes);

CREATE TABLE keep_list (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX keep_list_name_idx ON keep_list (user_id, name COLLATE NOCASE);

-- No picture address is kept: DeviantArt signs them, and they end.
CREATE TABLE kept_work (
    list_id      INTEGER NOT NULL REFERENCES keep_list (id) ON DELETE CASCADE,
    deviation_id TEXT NOT NULL,
    title        TEXT NOT NULL,
    author       TEXT NOT NULL,
    url          TEXT NOT NULL,
    width        INTEGER NOT NULL DEFAULT 1,
    height       INTEGER NOT NULL DEFAULT 1,
    is_mature    INTEGER NOT NULL DEFAULT 0 CHECK (is_mature IN (0, 1)),
    kept_at      INTEGER NOT NULL,
    PRIMARY KEY (list_id, deviation_id)
) STRICT, WITHOUT ROWID;
