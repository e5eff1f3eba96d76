"""Certificates of the platform, as a client is shown them."""
