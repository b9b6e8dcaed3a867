"""Names of what administrators decide about programs; kept with the instance."""

ALLOW_PRIVATE = "webhooks_to_private_networks"  # true: webhooks may call loopback and private addresses
WATCH_FOLDER = "watched_folder"  # {"path", "user_id", "to_draft"}
