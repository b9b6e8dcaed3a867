-- The ground everything stands on: people, accounts, posts, publications, the event log.
-- Times are whole seconds since the epoch. Flags are 0, 1 or NULL for "unset".

CREATE TABLE user (
    id           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    role         TEXT NOT NULL CHECK (role IN ('admin', 'member')),
    time_zone    TEXT NOT NULL DEFAULT 'UTC',
    zone_chosen  INTEGER NOT NULL DEFAULT 0 CHECK (zone_chosen IN (0, 1)),
    email        TEXT,
    theme        TEXT NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light', 'dark')),
    settings     TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
    paused_at    INTEGER,
    created_at   INTEGER NOT NULL,
    disabled_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX user_name_idx ON user (name COLLATE NOCASE);

CREATE TABLE account (
    id                 INTEGER PRIMARY KEY,
    user_id            INTEGER NOT NULL REFERENCES user (id),
    artist_id          TEXT NOT NULL UNIQUE, -- DeviantArt's user id: what an account is
    username           TEXT NOT NULL,
    icon_url           TEXT NOT NULL DEFAULT '',
    color              TEXT NOT NULL CHECK (color GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    status             TEXT NOT NULL CHECK (status IN ('connected', 'reconnect')),
    paused_at          INTEGER,
    scopes             TEXT NOT NULL DEFAULT '',
    access_token       BLOB,
    access_expires_at  INTEGER,
    refresh_token      BLOB,
    refresh_issued_at  INTEGER,
    refresh_started_at INTEGER, -- a refresh request may have left and its answer is not recorded
    warned_days        INTEGER, -- the last token warning sent, in days left
    -- pace and breaker survive a restart
    pace_delay_ms      INTEGER NOT NULL DEFAULT 0,
    pace_until         INTEGER, -- milliseconds since the epoch: spacing is finer than a second
    breaker_failures   INTEGER NOT NULL DEFAULT 0,
    breaker_until      INTEGER,
    -- kept by the triggers on publication: what the claim looks for
    next_ready_at      INTEGER,
    served             INTEGER NOT NULL DEFAULT 0, -- grows with every claim: least recently served first
    created_at         INTEGER NOT NULL
) STRICT;
CREATE INDEX account_user_idx ON account (user_id);
CREATE INDEX account_claim_idx ON account (served, next_ready_at) WHERE next_ready_at IS NOT NULL;

CREATE TABLE session (
    token_hash   BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    user_id      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    csrf_token   TEXT NOT NULL,
    user_agent   TEXT NOT NULL DEFAULT '',
    created_at   INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user_idx ON session (user_id);
CREATE INDEX session_expiry_idx ON session (expires_at);

-- One row for every sign-in under way: `state` as sent, PKCE verifier, where to go afterwards.
CREATE TABLE sign_in (
    state_hash   BLOB PRIMARY KEY CHECK (length(state_hash) = 32),
    verifier     TEXT NOT NULL,
    browser_hash BLOB NOT NULL, -- the cookie of the browser that started it
    link_user_id INTEGER REFERENCES user (id) ON DELETE CASCADE,
    next_path    TEXT NOT NULL DEFAULT '/',
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_key (
    id           INTEGER PRIMARY KEY,
    user_id      INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name         TEXT NOT NULL,
    prefix       TEXT NOT NULL, -- shown, so that people recognise it
    key_hash     BLOB NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    scopes       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    used_at      INTEGER,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX api_key_user_idx ON api_key (user_id, id);

CREATE TABLE post (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id         INTEGER NOT NULL REFERENCES user (id),
    account_id      INTEGER NOT NULL REFERENCES account (id),
    status          TEXT NOT NULL CHECK (status IN ('review', 'draft', 'scheduled', 'uploading', 'publishing',
                                                    'published', 'failed', 'discarded')),
    held            INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
    version         INTEGER NOT NULL DEFAULT 1,
    title           TEXT NOT NULL DEFAULT '',
    description     TEXT NOT NULL DEFAULT '',
    tags            TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags)),
    galleries       TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(galleries)),
    is_mature       INTEGER CHECK (is_mature IN (0, 1)),
    mature_level    TEXT CHECK (mature_level IN ('moderate', 'strict')),
    mature_classification TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(mature_classification)),
    is_ai_generated INTEGER CHECK (is_ai_generated IN (0, 1)),
    no_ai           INTEGER CHECK (no_ai IN (0, 1)),
    allow_comments  INTEGER CHECK (allow_comments IN (0, 1)),
    allow_free_download INTEGER CHECK (allow_free_download IN (0, 1)),
    add_watermark   INTEGER CHECK (add_watermark IN (0, 1)),
    display_resolution INTEGER CHECK (display_resolution BETWEEN 0 AND 1920),
    license         TEXT,
    feature         INTEGER CHECK (feature IN (0, 1)),
    stash_only      INTEGER CHECK (stash_only IN (0, 1)),
    notes           TEXT NOT NULL DEFAULT '',
    due_at          INTEGER,
    due_local       TEXT,
    time_zone       TEXT,
    jitter_seconds  INTEGER NOT NULL DEFAULT 0 CHECK (jitter_seconds BETWEEN 0 AND 3600),
    wish            TEXT, -- when a program asked for it to go out, used on approval
    source          TEXT NOT NULL DEFAULT '',
    batch           TEXT NOT NULL DEFAULT '', -- what arrived together
    published_at    INTEGER,
    discarded_at    INTEGER,
    discarded_from  TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    CHECK ((due_at IS NULL) = (due_local IS NULL) AND (due_at IS NULL) = (time_zone IS NULL)),
    CHECK (status <> 'scheduled' OR due_at IS NOT NULL),
    CHECK ((status = 'discarded') = (discarded_at IS NOT NULL))
) STRICT;
CREATE INDEX post_list_idx ON post (user_id, status, id);
CREATE INDEX post_all_idx ON post (user_id, id) WHERE status <> 'discarded';
CREATE INDEX post_account_idx ON post (account_id, status, id);
CREATE INDEX post_due_idx ON post (user_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX post_published_idx ON post (user_id, published_at, id) WHERE published_at IS NOT NULL;
CREATE INDEX post_trash_idx ON post (discarded_at) WHERE discarded_at IS NOT NULL;

-- How many posts a person has in each state: lists and pages show totals without counting.
CREATE TABLE post_count (
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    status  TEXT NOT NULL,
    posts   INTEGER NOT NULL CHECK (posts >= 0),
    PRIMARY KEY (user_id, account_id, status)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER post_count_added AFTER INSERT ON post BEGIN
    INSERT INTO post_count (user_id, account_id, status, posts) VALUES (NEW.user_id, NEW.account_id, NEW.status, 1)
    ON CONFLICT DO UPDATE SET posts = posts + 1;
END;
CREATE TRIGGER post_count_removed AFTER DELETE ON post BEGIN
    UPDATE post_count SET posts = posts - 1
     WHERE user_id = OLD.user_id AND account_id = OLD.account_id AND status = OLD.status;
END;
CREATE TRIGGER post_count_moved AFTER UPDATE OF user_id, account_id, status ON post
WHEN OLD.status <> NEW.status OR OLD.user_id <> NEW.user_id OR OLD.account_id <> NEW.account_id BEGIN
    UPDATE post_count SET posts = posts - 1
     WHERE user_id = OLD.user_id AND account_id = OLD.account_id AND status = OLD.status;
    INSERT INTO post_count (user_id, account_id, status, posts) VALUES (NEW.user_id, NEW.account_id, NEW.status, 1)
    ON CONFLICT DO UPDATE SET posts = posts + 1;
END;

CREATE TABLE post_tag (
    user_id INTEGER NOT NULL,
    tag     TEXT NOT NULL, -- as DeviantArt stores it, case folded
    post_id INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, tag, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX post_tag_post_idx ON post_tag (post_id);

-- Words a post is found by: title, tags, prompt, model, seed, LoRA. The rowid is the post's id.
CREATE VIRTUAL TABLE post_search USING fts5 (
    title, tags, prompt, model, tokenize="unicode61 remove_diacritics 2", prefix='2 3'
);

CREATE TABLE file (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    post_id      INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    position     INTEGER NOT NULL,
    name         TEXT NOT NULL, -- the sender's name for it: shown, never a path
    mime         TEXT NOT NULL,
    bytes        INTEGER NOT NULL CHECK (bytes > 0),
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    frames       INTEGER NOT NULL DEFAULT 1,
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64),
    chosen       INTEGER NOT NULL DEFAULT 1 CHECK (chosen IN (0, 1)), -- goes out with the post
    thumb_width  INTEGER,
    thumb_height INTEGER,
    phash        TEXT,
    derived_at   INTEGER, -- thumbnail and hash were made (or found impossible) then
    metadata     TEXT CHECK (metadata IS NULL OR json_valid(metadata)),
    says_ai      INTEGER NOT NULL DEFAULT 0 CHECK (says_ai IN (0, 1)),
    created_at   INTEGER NOT NULL,
    UNIQUE (post_id, position)
) STRICT;
CREATE INDEX file_post_idx ON file (post_id, position);
CREATE INDEX file_sha256_idx ON file (sha256);
CREATE INDEX file_underived_idx ON file (id) WHERE derived_at IS NULL;

CREATE TABLE publication (
    id               INTEGER PRIMARY KEY,
    post_id          INTEGER NOT NULL REFERENCES post (id),
    file_id          INTEGER NOT NULL UNIQUE REFERENCES file (id),
    account_id       INTEGER NOT NULL REFERENCES account (id),
    state            TEXT NOT NULL CHECK (state IN ('idle', 'scheduled', 'uploading', 'publishing', 'published',
                                                    'failed')),
    due_at           INTEGER,
    ready_at         INTEGER, -- when the publisher should next act on it
    stored_title     TEXT NOT NULL DEFAULT '',
    item_id          TEXT,
    item_hash        TEXT,
    publish_sent_at  INTEGER, -- committed before the first unresolved publish request leaves
    last_sent_at     INTEGER,
    doubt            TEXT CHECK (doubt IN ('answer_lost', 'foreign', 'item_lost')),
    rounds           INTEGER NOT NULL DEFAULT 0,
    confirmed_offline INTEGER NOT NULL DEFAULT 0,
    deviation_id     TEXT,
    deviation_url    TEXT,
    published_at     INTEGER,
    attempts         INTEGER NOT NULL DEFAULT 0,
    orphans          INTEGER NOT NULL DEFAULT 0,
    failure_step     TEXT CHECK (failure_step IN ('submit', 'publish', 'settle')),
    failure_kind     TEXT CHECK (failure_kind IN ('not_sent', 'busy', 'refused', 'authorization_lost',
                                                  'outcome_unknown', 'not_ready')),
    failure_message  TEXT,
    retry_at         INTEGER,
    lease_owner      TEXT,
    lease_token      INTEGER NOT NULL DEFAULT 0,
    lease_expires_at INTEGER,
    CHECK ((lease_owner IS NULL) = (lease_expires_at IS NULL)),
    CHECK (publish_sent_at IS NULL OR item_id IS NOT NULL),
    CHECK (state <> 'published' OR published_at IS NOT NULL),
    CHECK (state <> 'publishing' OR publish_sent_at IS NOT NULL),
    CHECK (state NOT IN ('idle', 'scheduled', 'uploading') OR publish_sent_at IS NULL)
) STRICT;
CREATE INDEX publication_post_idx ON publication (post_id);
CREATE INDEX publication_ready_idx ON publication (account_id, ready_at) WHERE ready_at IS NOT NULL;
-- One in flight per DeviantArt account.
CREATE UNIQUE INDEX publication_account_lease_idx ON publication (account_id) WHERE lease_owner IS NOT NULL;
CREATE INDEX publication_lease_idx ON publication (lease_expires_at) WHERE lease_owner IS NOT NULL;
CREATE UNIQUE INDEX publication_deviation_idx ON publication (account_id, deviation_id) WHERE deviation_id IS NOT NULL;
CREATE INDEX publication_doubt_idx ON publication (account_id, stored_title) WHERE publish_sent_at IS NOT NULL
    AND state <> 'published';

CREATE TRIGGER publication_ready_added AFTER INSERT ON publication BEGIN
    UPDATE account SET next_ready_at = (SELECT min(ready_at) FROM publication WHERE account_id = NEW.account_id
                                                                                AND ready_at IS NOT NULL)
     WHERE id = NEW.account_id;
END;
CREATE TRIGGER publication_ready_moved AFTER UPDATE OF ready_at, account_id ON publication
WHEN OLD.ready_at IS NOT NEW.ready_at OR OLD.account_id <> NEW.account_id BEGIN
    UPDATE account SET next_ready_at = (SELECT min(ready_at) FROM publication WHERE account_id = account.id
                                                                                AND ready_at IS NOT NULL)
     WHERE id IN (OLD.account_id, NEW.account_id);
END;
CREATE TRIGGER publication_ready_removed AFTER DELETE ON publication BEGIN
    UPDATE account SET next_ready_at = (SELECT min(ready_at) FROM publication WHERE account_id = OLD.account_id
                                                                                AND ready_at IS NOT NULL)
     WHERE id = OLD.account_id;
END;

-- What happened, append only: history for people and the feed for consumers.
CREATE TABLE post_event (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    user_id  INTEGER NOT NULL,
    post_id  INTEGER,
    account_id INTEGER,
    kind     TEXT NOT NULL,
    text     TEXT NOT NULL,
    actor    TEXT,
    status   TEXT,
    version  INTEGER,
    data     TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(data))
) STRICT;
CREATE INDEX post_event_post_idx ON post_event (post_id, id);
CREATE INDEX post_event_user_idx ON post_event (user_id, id);

CREATE TABLE consumer_position (
    consumer TEXT PRIMARY KEY,
    event_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers already given to programs that may ask again.
CREATE TABLE upload_receipt (
    key_id     INTEGER NOT NULL,
    door       TEXT NOT NULL, -- 'bytes' or 'idempotency'
    digest     TEXT NOT NULL,
    post_ids   TEXT NOT NULL CHECK (json_valid(post_ids)),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (key_id, door, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_receipt_expiry_idx ON upload_receipt (expires_at);

-- State of the instance: the breaker for the whole service, pauses after a restore, last runs of jobs.
CREATE TABLE instance_state (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;
