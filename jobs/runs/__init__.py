"""Runs as a whole: what differs between them, which are too old, and what is left of them."""
