"""Everything we reach out to and keep: SQLite, image store, DeviantArt, mail, secrets."""
