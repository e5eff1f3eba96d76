"""Backups: taken, read back, verified."""
