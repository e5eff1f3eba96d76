"""Care of the platform: buckets, runs, databases."""
