-- The files of somebody who is being removed: their rows go first, so a removal that was interrupted reads here what is
-- left to delete. No reference to `file`: that row is gone by then.
CREATE TABLE leaving_picture (
    user_id INTEGER NOT NULL REFERENCES user (id),
    sha256  TEXT NOT NULL CHECK (length(sha256) = 64),
    PRIMARY KEY (user_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_leaving_idx ON user (leaving_at) WHERE leaving_at IS NOT NULL;
