"""What is written between two sets: PostgreSQL's log, kept piece by piece, and a server brought to any time by it."""
