"""Container images in a registry: pushed, found by digest, with one layer more; what builds them is a checkout's."""
