"""Running an instance: what is wrong with it, who is told, what its administrators set."""
