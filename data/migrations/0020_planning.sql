-- When things go out: automations with their rules and the slots they used, weekly slots, pacing, holidays, series.

CREATE TABLE automation (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id         INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    account_id      INTEGER REFERENCES account (id) ON DELETE CASCADE, -- NULL: drafts of every account
    name            TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    color           TEXT NOT NULL CHECK (color GLOB '#[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]'),
    position        INTEGER NOT NULL DEFAULT 0,
    enabled         INTEGER NOT NULL DEFAULT 0 CHECK (enabled IN (0, 1)),
    time_zone       TEXT NOT NULL,
    selection       TEXT NOT NULL CHECK (selection IN ('random', 'fifo', 'lifo', 'manual')),
    pool            TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(pool)),
    jitter_least    INTEGER NOT NULL DEFAULT 0 CHECK (jitter_least BETWEEN 0 AND 3600),
    jitter_most     INTEGER NOT NULL DEFAULT 0 CHECK (jitter_most BETWEEN jitter_least AND 3600),
    missed          TEXT NOT NULL DEFAULT 'skip' CHECK (missed IN ('skip', 'catch_up')),
    defaults        TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(defaults)),
    stash_only      INTEGER NOT NULL DEFAULT 0 CHECK (stash_only IN (0, 1)),
    price_preset_id INTEGER, -- exclusive: what is published goes on sale with this preset
    series_gap      INTEGER NOT NULL DEFAULT 1440 CHECK (series_gap >= 0), -- minutes between parts of a series
    notice_days     INTEGER NOT NULL DEFAULT 7 CHECK (notice_days BETWEEN 0 AND 90),
    seed            INTEGER NOT NULL,
    cursor_at       INTEGER, -- every slot before it is dealt with
    next_at         INTEGER, -- its next slot: what the tick looks for
    situation       TEXT NOT NULL DEFAULT '', -- the last line of its history says this
    runs_dry        INTEGER NOT NULL DEFAULT 0 CHECK (runs_dry IN (0, 1)), -- the notice was given
    version         INTEGER NOT NULL DEFAULT 1,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    removed_at      INTEGER -- kept for a while, so that removing can be taken back
) STRICT;
CREATE INDEX automation_user_idx ON automation (user_id, position, id) WHERE removed_at IS NULL;
CREATE INDEX automation_due_idx ON automation (next_at) WHERE enabled = 1 AND removed_at IS NULL
    AND next_at IS NOT NULL;

-- Ids are never used again: a slot's identity begins with its rule's.
CREATE TABLE automation_rule (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    automation_id INTEGER NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('fixed_time', 'fixed_interval', 'daily_quota')),
    days          INTEGER NOT NULL CHECK (days BETWEEN 1 AND 127), -- bit 0 is Monday
    at_minute     INTEGER CHECK (at_minute BETWEEN 0 AND 1439),
    every_minutes INTEGER CHECK (every_minutes BETWEEN 5 AND 10080),
    count         INTEGER CHECK (count BETWEEN 1 AND 100),
    anchor_at     INTEGER,
    per_day       INTEGER CHECK (per_day BETWEEN 1 AND 100),
    start_minute  INTEGER CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute    INTEGER CHECK (end_minute BETWEEN 0 AND 1439),
    CHECK ((kind = 'fixed_time') = (at_minute IS NOT NULL)),
    CHECK ((kind = 'fixed_interval') = (every_minutes IS NOT NULL AND count IS NOT NULL AND anchor_at IS NOT NULL)),
    CHECK ((kind = 'daily_quota') = (per_day IS NOT NULL AND start_minute IS NOT NULL AND end_minute IS NOT NULL)),
    CHECK (kind <> 'daily_quota' OR end_minute > start_minute)
) STRICT;
CREATE INDEX automation_rule_automation_idx ON automation_rule (automation_id, position);

-- A slot is used at most once, whatever restarts, second schedulers and clocks do.
CREATE TABLE automation_use (
    id            INTEGER PRIMARY KEY,
    automation_id INTEGER NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    slot_key      TEXT NOT NULL,
    slot_at       INTEGER NOT NULL,
    post_id       INTEGER NOT NULL,
    account_id    INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    UNIQUE (automation_id, slot_key)
) STRICT;
CREATE INDEX automation_use_post_idx ON automation_use (post_id);

-- One line a change of situation, not one a tick.
CREATE TABLE automation_line (
    id            INTEGER PRIMARY KEY,
    automation_id INTEGER NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    at            INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    text          TEXT NOT NULL
) STRICT;
CREATE INDEX automation_line_automation_idx ON automation_line (automation_id, id);

-- The artist's own order; drafts that are not in it come behind, oldest first.
CREATE TABLE automation_order (
    automation_id INTEGER NOT NULL REFERENCES automation (id) ON DELETE CASCADE,
    post_id       INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    position      INTEGER NOT NULL,
    PRIMARY KEY (automation_id, post_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX automation_order_post_idx ON automation_order (post_id);

CREATE TABLE series (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    name       TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
    gap        INTEGER CHECK (gap >= 0), -- minutes between parts; NULL: as the automation says
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX series_name_idx ON series (user_id, name COLLATE NOCASE);

CREATE TABLE series_part (
    post_id   INTEGER PRIMARY KEY REFERENCES post (id) ON DELETE CASCADE,
    series_id INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    number    INTEGER NOT NULL CHECK (number BETWEEN 1 AND 10000),
    UNIQUE (series_id, number)
) STRICT;

CREATE TABLE weekly_slot (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    weekday    INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6), -- Monday is 0
    minute     INTEGER NOT NULL CHECK (minute BETWEEN 0 AND 1439),
    UNIQUE (account_id, weekday, minute)
) STRICT;

-- How close together an account's posts may go out; no row allows everything.
CREATE TABLE pacing (
    account_id      INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    min_gap_minutes INTEGER NOT NULL DEFAULT 0 CHECK (min_gap_minutes BETWEEN 0 AND 43200),
    max_per_day     INTEGER CHECK (max_per_day BETWEEN 1 AND 1000),
    quiet_start     INTEGER CHECK (quiet_start BETWEEN 0 AND 1439),
    quiet_end       INTEGER CHECK (quiet_end BETWEEN 0 AND 1439),
    move_up         INTEGER NOT NULL DEFAULT 0 CHECK (move_up IN (0, 1)), -- what is behind a removed post closes the gap
    CHECK ((quiet_start IS NULL) = (quiet_end IS NULL)),
    CHECK (quiet_start IS NULL OR quiet_start <> quiet_end)
) STRICT;

CREATE TABLE holiday (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id   INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    first_day TEXT NOT NULL CHECK (first_day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    last_day  TEXT NOT NULL CHECK (last_day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    mode      TEXT NOT NULL CHECK (mode IN ('shift', 'skip')),
    name      TEXT NOT NULL DEFAULT '' CHECK (length(name) <= 80),
    CHECK (last_day >= first_day)
) STRICT;
CREATE INDEX holiday_user_idx ON holiday (user_id, first_day);

-- What a change of many plans can be taken back to; one step, for a while.
CREATE TABLE plan_undo (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    text       TEXT NOT NULL,
    plans      TEXT NOT NULL CHECK (json_valid(plans)),
    created_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT;
CREATE INDEX plan_undo_user_idx ON plan_undo (user_id, id);

-- The pacing guard asks what an account publishes around an instant; catching up asks for what is overdue.
CREATE INDEX post_account_due_idx ON post (account_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX post_account_published_idx ON post (account_id, published_at) WHERE published_at IS NOT NULL;
CREATE INDEX post_overdue_idx ON post (due_at) WHERE status = 'scheduled' AND held = 0;
