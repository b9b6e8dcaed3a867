"""Whose posts a reader sees, in the words of a WHERE clause.

A list is read from one person's library: the reader's own, or that of the owner of the account it is narrowed to,
where this is shared with the reader. So every list walks the same indexes.
"""

# Instead of `:user_id`, in statements that know `:account_id` (NULL where the list is not narrowed).
WHOSE = """coalesce((SELECT x.user_id FROM account_share y JOIN account x ON x.id = y.account_id
                      WHERE y.account_id = :account_id AND y.user_id = :user_id), :user_id)"""
# One post `p` by its id. `:user_id` NULL is the application itself.
SEEN = """(:user_id IS NULL OR p.user_id = :user_id
           OR EXISTS (SELECT 1 FROM account_share y WHERE y.account_id = p.account_id AND y.user_id = :user_id))"""
