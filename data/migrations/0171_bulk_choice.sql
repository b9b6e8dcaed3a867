-- What was chosen, as one list: most choices are only looked at, and a row for each post of a whole library took ten
-- times as long. Rows are made as their turn comes; a change of an earlier version has all of them already, and no list.
CREATE TABLE bulk_choice (
    bulk_id INTEGER PRIMARY KEY REFERENCES bulk (id) ON DELETE CASCADE,
    ids     TEXT NOT NULL CHECK (json_type(ids) = 'array') -- of posts; the place in it is the position
) STRICT;
