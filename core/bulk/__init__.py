"""One verb for many posts: what is wanted, what it would change, what became of each, and one way back."""
