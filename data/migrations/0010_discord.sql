-- What the bot has to remember across restarts: who is who, where pictures land, which message shows which post.
-- Ids ending in _snowflake are Discord's.

CREATE TABLE discord_person (
    person_snowflake INTEGER PRIMARY KEY,
    user_id          INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name             TEXT NOT NULL, -- as it was when they linked: shown, never trusted
    linked_at        INTEGER NOT NULL,
    dm_refused_at    INTEGER -- a direct message was refused, and the person was told so once
) STRICT;
CREATE INDEX discord_person_user_idx ON discord_person (user_id);

CREATE TABLE discord_link_code (
    code_hash        BLOB PRIMARY KEY CHECK (length(code_hash) = 32),
    person_snowflake INTEGER NOT NULL,
    name             TEXT NOT NULL,
    expires_at       INTEGER NOT NULL,
    used_at          INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX discord_link_code_expiry_idx ON discord_link_code (expires_at);

CREATE TABLE discord_guild (
    guild_snowflake    INTEGER PRIMARY KEY,
    owner_snowflake    INTEGER, -- the person whose posts its drops become
    owner_agreed       INTEGER NOT NULL DEFAULT 0 CHECK (owner_agreed IN (0, 1)), -- to let its reviewers decide
    review_snowflake   INTEGER, -- channels and role
    notices_snowflake  INTEGER,
    reviewer_snowflake INTEGER,
    updated_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX discord_guild_owner_idx ON discord_guild (owner_snowflake) WHERE owner_snowflake IS NOT NULL;

CREATE TABLE discord_drop_channel (
    channel_snowflake INTEGER PRIMARY KEY,
    guild_snowflake   INTEGER NOT NULL REFERENCES discord_guild (guild_snowflake) ON DELETE CASCADE,
    one_post          INTEGER NOT NULL DEFAULT 0 CHECK (one_post IN (0, 1)), -- several pictures make one post
    to_draft          INTEGER NOT NULL DEFAULT 0 CHECK (to_draft IN (0, 1)),
    account_id        INTEGER REFERENCES account (id) ON DELETE SET NULL,
    handled_snowflake INTEGER NOT NULL DEFAULT 0 -- the last message dealt with: where catching up begins
) STRICT;
CREATE INDEX discord_drop_channel_guild_idx ON discord_drop_channel (guild_snowflake);

-- Each attachment is dealt with once, however often Discord tells us of it.
CREATE TABLE discord_drop (
    message_snowflake    INTEGER NOT NULL,
    attachment_snowflake INTEGER NOT NULL,
    channel_snowflake    INTEGER NOT NULL,
    post_id              INTEGER REFERENCES post (id) ON DELETE SET NULL, -- none: refused
    at                   INTEGER NOT NULL,
    PRIMARY KEY (message_snowflake, attachment_snowflake)
) STRICT, WITHOUT ROWID;
CREATE INDEX discord_drop_post_idx ON discord_drop (post_id) WHERE post_id IS NOT NULL;
CREATE INDEX discord_drop_age_idx ON discord_drop (at);

CREATE TABLE discord_hint (
    channel_snowflake INTEGER NOT NULL,
    person_snowflake  INTEGER NOT NULL,
    PRIMARY KEY (channel_snowflake, person_snowflake)
) STRICT, WITHOUT ROWID;

-- The row comes before the message: its id is the nonce by which Discord knows a repeated send.
CREATE TABLE discord_card (
    id                INTEGER PRIMARY KEY,
    post_id           INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    guild_snowflake   INTEGER NOT NULL,
    channel_snowflake INTEGER NOT NULL,
    message_snowflake INTEGER,
    rendered_event_id INTEGER NOT NULL DEFAULT 0,
    rendered_hash     TEXT NOT NULL DEFAULT '', -- an edit that would change nothing is not sent
    made_at           INTEGER NOT NULL,
    UNIQUE (post_id, channel_snowflake)
) STRICT;
CREATE INDEX discord_card_message_idx ON discord_card (message_snowflake) WHERE message_snowflake IS NOT NULL;
CREATE INDEX discord_card_unsent_idx ON discord_card (id) WHERE message_snowflake IS NULL;
