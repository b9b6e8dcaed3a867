-- DeviantArt's gallery folders as they were when last asked for, one copy an account.

CREATE TABLE folder (
    account_id  INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    folder_id   TEXT NOT NULL, -- DeviantArt's UUID, upper case
    parent_id   TEXT,
    name        TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    size        INTEGER,
    thumb_url   TEXT, -- signed, good for hours: never more than the copy's age
    position    INTEGER NOT NULL, -- among its siblings
    PRIMARY KEY (account_id, folder_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE folder_copy (
    account_id INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    fetched_at INTEGER NOT NULL -- 0: what is kept may be wrong, ask again
) STRICT;
