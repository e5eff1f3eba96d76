"""A function for the same model as tutorials have it; runs in an environment of its own."""
