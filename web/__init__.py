"""How people reach us through a browser."""
