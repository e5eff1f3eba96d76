"""Search for the best parameters: studies, their storage, workers, what was found."""
