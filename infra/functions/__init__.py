"""Lambda functions, and what makes them run."""
