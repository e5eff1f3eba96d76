"""A new MLflow's schema: made in a copy, compared, swapped in, and the way back."""
