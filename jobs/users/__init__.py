"""People and programs that log in to MLflow, and what they may change there."""
