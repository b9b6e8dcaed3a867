-- What was published, in its order and narrowed: rows are only read to be shown, as in `post_by_title_idx`.
DROP INDEX post_published_idx;
CREATE INDEX post_by_publication_idx ON post (user_id, published_at, id, status, account_id, is_mature,
                                              is_ai_generated, held, ready) WHERE published_at IS NOT NULL;

-- The figures of a month are summed without reading a row.
CREATE INDEX work_figures_month_idx ON work_figures (user_id, published_at, account_id, favourites, comments, views);

-- Which drafts there are, and which of them have changed since they were last looked at.
CREATE INDEX post_draft_idx ON post (user_id, id, version) WHERE status = 'draft';
