-- What is left to do once a work is public, and how it fares there.

-- Small calls to DeviantArt that wait their turn behind publishing: one of each kind a publication.
CREATE TABLE errand (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    publication_id INTEGER NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
    post_id        INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    account_id     INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    kind           TEXT NOT NULL CHECK (kind IN ('folders', 'comment', 'edit')),
    due_at         INTEGER NOT NULL,
    attempts       INTEGER NOT NULL DEFAULT 0,
    sent_at        INTEGER, -- a comment may have been posted: never repeated by a timer
    asked          INTEGER NOT NULL DEFAULT 1, -- grows when it is asked for again while under way
    created_at     INTEGER NOT NULL,
    UNIQUE (publication_id, kind)
) STRICT;
CREATE INDEX errand_due_idx ON errand (due_at);
CREATE INDEX errand_post_idx ON errand (post_id);

-- The latest figures of a published work, for sorting, and when to ask next.
CREATE TABLE work_figures (
    publication_id INTEGER PRIMARY KEY REFERENCES publication (id) ON DELETE CASCADE,
    user_id        INTEGER NOT NULL,
    account_id     INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    post_id        INTEGER NOT NULL REFERENCES post (id) ON DELETE CASCADE,
    deviation_id   TEXT NOT NULL,
    published_at   INTEGER NOT NULL,
    favourites     INTEGER NOT NULL DEFAULT 0,
    comments       INTEGER NOT NULL DEFAULT 0,
    views          INTEGER NOT NULL DEFAULT 0,
    downloads      INTEGER NOT NULL DEFAULT 0,
    sampled_at     INTEGER,
    next_at        INTEGER NOT NULL -- when to look again; far away for what DeviantArt no longer has
) STRICT;
CREATE INDEX work_figures_next_idx ON work_figures (account_id, next_at);
CREATE INDEX work_figures_published_idx ON work_figures (user_id, published_at, publication_id);
CREATE INDEX work_figures_favourites_idx ON work_figures (user_id, favourites, publication_id);
CREATE INDEX work_figures_comments_idx ON work_figures (user_id, comments, publication_id);
CREATE INDEX work_figures_views_idx ON work_figures (user_id, views, publication_id);
CREATE INDEX work_figures_post_idx ON work_figures (post_id);

-- One sample a day at most, over the life of a work.
CREATE TABLE work_sample (
    publication_id INTEGER NOT NULL REFERENCES publication (id) ON DELETE CASCADE,
    day            INTEGER NOT NULL, -- days since the epoch, UTC
    favourites     INTEGER NOT NULL,
    comments       INTEGER NOT NULL,
    views          INTEGER NOT NULL,
    PRIMARY KEY (publication_id, day)
) STRICT, WITHOUT ROWID;
