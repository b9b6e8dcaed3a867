-- What the watched folder did lately, for whoever looks whether it works: the last few pictures only.

CREATE TABLE watched_picture (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES user (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    name    TEXT NOT NULL,
    post_id INTEGER REFERENCES post (id) ON DELETE SET NULL, -- none: refused, or the post is gone
    reason  TEXT -- why it was refused
) STRICT;
CREATE INDEX watched_picture_user_idx ON watched_picture (user_id);
CREATE INDEX watched_picture_post_idx ON watched_picture (post_id) WHERE post_id IS NOT NULL;
