"""Drills: what is written before a loss, what is there after it, and whether the newest set would come back."""
