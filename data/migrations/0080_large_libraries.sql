-- In a large library most of what has a due time is published: what is still to come is found without walking over it.

CREATE INDEX post_coming_idx ON post (user_id, due_at, id) WHERE status IN ('scheduled', 'uploading', 'publishing');
