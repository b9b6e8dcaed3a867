-- People who share an instance: who was invited, who else may work on an account, and what was done about it.
-- Links are kept as the SHA-256 of what they end with.

CREATE TABLE invite (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    role       TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    note       TEXT NOT NULL DEFAULT '' CHECK (length(note) <= 200),
    made_by    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_by    INTEGER REFERENCES user (id) ON DELETE SET NULL,
    used_at    INTEGER,
    revoked_at INTEGER,
    CHECK (used_by IS NULL OR used_at IS NOT NULL),
    CHECK (used_at IS NULL OR revoked_at IS NULL)
) STRICT;
CREATE INDEX invite_made_by_idx ON invite (made_by);
CREATE INDEX invite_used_by_idx ON invite (used_by) WHERE used_by IS NOT NULL;

-- Who works on an account beside its owner (`account.user_id`).
CREATE TABLE account_share (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    role       TEXT NOT NULL CHECK (role IN ('editor', 'reviewer')),
    shared_at  INTEGER NOT NULL,
    PRIMARY KEY (account_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_share_user_idx ON account_share (user_id, account_id);

CREATE TABLE account_invite (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    role       TEXT NOT NULL CHECK (role IN ('editor', 'reviewer')),
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX account_invite_account_idx ON account_invite (account_id);

-- What administrators and owners did. It names people as they were called then and only ever grows.
CREATE TABLE audit (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    actor TEXT NOT NULL,
    what  TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;
CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit log only grows');
END;

-- The removal of a person that has begun is finished, whatever stops in between.
ALTER TABLE user ADD COLUMN leaving_at INTEGER;

-- A sign-in that uses an invite, or that shall reconnect one account and no other.
ALTER TABLE sign_in ADD COLUMN invite_hash BLOB;
ALTER TABLE sign_in ADD COLUMN account_id INTEGER REFERENCES account (id) ON DELETE CASCADE;

-- Lists of an account that somebody shares are read by the account, not by the person.
CREATE INDEX post_account_all_idx ON post (account_id, id) WHERE status <> 'discarded';
CREATE INDEX automation_account_idx ON automation (account_id) WHERE account_id IS NOT NULL;
