-- Direct uploads: what one person may put into the bucket, once, of which size and type, and until when.
CREATE TABLE upload_ticket (
    token_hash TEXT NOT NULL PRIMARY KEY CHECK (length(token_hash) = 64),  -- the object's name, too
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    bytes      INTEGER NOT NULL CHECK (bytes > 0),
    mime       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX upload_ticket_user_idx ON upload_ticket (user_id, expires_at);
CREATE INDEX upload_ticket_expires_idx ON upload_ticket (expires_at);
