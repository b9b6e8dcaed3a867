-- What is asked of the whole library, found without reading it: whether an account has a work with a link that a person
-- pastes, and which works were published so long ago that their originals go.

CREATE INDEX publication_link_idx ON publication (account_id, deviation_url) WHERE deviation_url IS NOT NULL;
CREATE INDEX post_published_at_idx ON post (published_at, id) WHERE status = 'published';
