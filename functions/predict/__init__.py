"""Predicts with the registry's champion, by the model server's own code."""
