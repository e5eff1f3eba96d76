"""The registry: which run became which version, and which version an alias names."""
