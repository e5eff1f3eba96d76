"""The cluster: its provider and the four namespaces."""
