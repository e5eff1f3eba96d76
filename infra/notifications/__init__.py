"""Whom AWS tells, and of what."""
