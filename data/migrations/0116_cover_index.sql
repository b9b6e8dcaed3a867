-- The picture that stands for a post (the first chosen one, or the first) is found without reading a row of `file`.
CREATE INDEX file_cover_idx ON file (post_id, chosen DESC, position);
