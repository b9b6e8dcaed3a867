-- Letters leave one by one, each with attempts of its own; and what is wrong with the instance is told once.

-- Mail on its way. Written together with the consumer's position, so an event is never told twice.
CREATE TABLE letter (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    cause       TEXT NOT NULL, -- what it is about: the last event and the kind of news
    content     TEXT NOT NULL CHECK (json_valid(content)),
    created_at  INTEGER NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    next_at     INTEGER, -- when it is tried next; NULL once it is over
    sent_at     INTEGER,
    given_up_at INTEGER,
    problem     TEXT, -- what the last attempt came to, in words
    CHECK (next_at IS NOT NULL OR sent_at IS NOT NULL OR given_up_at IS NOT NULL),
    UNIQUE (user_id, cause)
) STRICT;
CREATE INDEX letter_due_idx ON letter (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX letter_over_idx ON letter (coalesce(sent_at, given_up_at)) WHERE next_at IS NULL;

-- Something wrong with the instance, from when it was seen until it was over. One at a time of each kind.
CREATE TABLE incident (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    finding   TEXT NOT NULL,
    began_at  INTEGER NOT NULL,
    told_at   INTEGER, -- administrators were told
    absent_at INTEGER, -- not seen since: it is over when that lasts
    over_at   INTEGER,
    sentence  TEXT NOT NULL,
    advice    TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX incident_open_idx ON incident (finding) WHERE over_at IS NULL;
CREATE INDEX incident_over_idx ON incident (over_at) WHERE over_at IS NOT NULL;
