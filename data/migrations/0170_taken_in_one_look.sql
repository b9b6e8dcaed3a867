-- When an account's posts go out is asked by every page of planning, of all its accounts: the index alone answers.
DROP INDEX post_account_due_idx;
CREATE INDEX post_account_due_idx ON post (account_id, due_at, published_at, status) WHERE due_at IS NOT NULL;
