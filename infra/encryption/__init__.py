"""The keys that everything at rest is encrypted with."""
