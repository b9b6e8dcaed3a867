"""An imitation of DeviantArt on loopback, for first steps without credentials and for the tests.

Nothing in here reaches the real DeviantArt. What it imitates, and how sure that is, stands in `docs/sandbox.md`.
"""
