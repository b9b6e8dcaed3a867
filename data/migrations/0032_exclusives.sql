-- Price presets, and the queue of published works to be put on sale. Prices are in minor units (cents).

CREATE TABLE price_preset (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    currency    TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
    lowest      INTEGER NOT NULL CHECK (lowest BETWEEN 1 AND 1000000),
    highest     INTEGER CHECK (highest IS NULL OR (highest > lowest AND highest <= 1000000)), -- NULL: a fixed price
    is_default  INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
    archived_at INTEGER,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    CHECK (is_default = 0 OR archived_at IS NULL)
) STRICT;
CREATE UNIQUE INDEX price_preset_name_idx ON price_preset (user_id, name COLLATE NOCASE) WHERE archived_at IS NULL;
CREATE UNIQUE INDEX price_preset_default_idx ON price_preset (user_id) WHERE is_default = 1;

-- What shall happen to a post once it is published.
CREATE TABLE post_wish (
    post_id             INTEGER PRIMARY KEY REFERENCES post (id) ON DELETE CASCADE,
    price_preset_id     INTEGER REFERENCES price_preset (id),
    comment_template_id INTEGER REFERENCES template (id) ON DELETE SET NULL
) STRICT;

-- One entry a picture. Whoever holds `lease_token` works on it; the token changes with every lease.
CREATE TABLE sale (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id          INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    post_id          INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    publication_id   INTEGER NOT NULL UNIQUE REFERENCES publication (id) ON DELETE CASCADE,
    price_preset_id  INTEGER REFERENCES price_preset (id),
    price            INTEGER NOT NULL CHECK (price BETWEEN 1 AND 1000000),
    currency         TEXT NOT NULL CHECK (currency GLOB '[A-Z][A-Z][A-Z]'),
    status           TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'skipped')),
    attempts         INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    client_id        TEXT,
    lease_token      TEXT,
    lease_expires_at INTEGER,
    error_message    TEXT,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL,
    done_at          INTEGER,
    CHECK ((status = 'processing') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL))
) STRICT;
CREATE INDEX sale_pending_idx ON sale (user_id, id) WHERE status = 'pending';
CREATE INDEX sale_lease_idx ON sale (lease_expires_at) WHERE status = 'processing';
CREATE INDEX sale_user_idx ON sale (user_id, status, id);
CREATE INDEX sale_post_idx ON sale (post_id);

-- What a sale client saw: small, the last one only.
CREATE TABLE sale_screenshot (
    sale_id  INTEGER PRIMARY KEY REFERENCES sale (id) ON DELETE CASCADE,
    mime     TEXT NOT NULL CHECK (mime IN ('image/png', 'image/jpeg', 'image/webp')),
    content  BLOB NOT NULL CHECK (length(content) BETWEEN 1 AND 4194304),
    taken_at INTEGER NOT NULL
) STRICT;
