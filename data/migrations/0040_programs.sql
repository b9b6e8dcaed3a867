-- What programs need beside the API: outgoing webhooks, what keys did lately, limits of keys.

CREATE TABLE webhook (
    id             INTEGER PRIMARY KEY,
    user_id        INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name           TEXT NOT NULL DEFAULT '',
    url            TEXT NOT NULL,
    kinds          TEXT NOT NULL CHECK (json_valid(kinds)), -- the envelope types it wants
    secret         BLOB NOT NULL, -- sealed
    old_secret     BLOB, -- signs beside the new one until old_until
    old_until      INTEGER,
    from_event_id  INTEGER NOT NULL, -- nothing at or before it is sent
    failing_since  INTEGER, -- the first failure after the last success
    disabled_at    INTEGER,
    disabled_why   TEXT,
    created_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_user_idx ON webhook (user_id);

CREATE TABLE webhook_delivery (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id   INTEGER NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    message_id   TEXT NOT NULL, -- what a receiver knows a repeat by
    event_id     INTEGER, -- none: a test
    post_id      INTEGER,
    kind         TEXT NOT NULL,
    body         TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_at      INTEGER, -- when to try (again)
    created_at   INTEGER NOT NULL,
    tried_at     INTEGER,
    status       INTEGER, -- of the last answer
    error        TEXT,
    answer       TEXT, -- the beginning of it
    took_ms      INTEGER,
    UNIQUE (webhook_id, message_id),
    CHECK ((state = 'waiting') = (next_at IS NOT NULL))
) STRICT;
CREATE INDEX webhook_delivery_due_idx ON webhook_delivery (next_at) WHERE state = 'waiting';
-- Deliveries about one post go out one after another.
CREATE INDEX webhook_delivery_order_idx ON webhook_delivery (webhook_id, post_id, id) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_age_idx ON webhook_delivery (created_at);

-- The last calls of each key: what came, how it was read, what was answered. Never the key, never the picture.
CREATE TABLE key_call (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    key_id    INTEGER NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
    at        INTEGER NOT NULL,
    method    TEXT NOT NULL,
    path      TEXT NOT NULL,
    address   TEXT NOT NULL,
    agent     TEXT NOT NULL,
    came      TEXT NOT NULL, -- content type, bytes
    read_as   TEXT NOT NULL CHECK (json_valid(read_as)), -- fields and files as they were understood
    status    INTEGER NOT NULL,
    answer    TEXT NOT NULL,
    took_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX key_call_key_idx ON key_call (key_id, id);

-- How much of its minute a key has used; kept so that a restart gives nobody a fresh minute.
CREATE TABLE key_pace (
    key_id     INTEGER PRIMARY KEY REFERENCES api_key (id) ON DELETE CASCADE,
    window_at  INTEGER NOT NULL,
    calls      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE api_key ADD COLUMN addresses TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(addresses)); -- [] = any
ALTER TABLE api_key ADD COLUMN replaced_by INTEGER REFERENCES api_key (id) ON DELETE SET NULL;
ALTER TABLE api_key ADD COLUMN calls_per_minute INTEGER CHECK (calls_per_minute > 0); -- NULL = the instance decides
