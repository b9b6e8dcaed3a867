"""How people reach us through Discord."""
