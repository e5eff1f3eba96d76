"""From a config and a table to a bundle: split, candidates, metrics, conversion, MLflow records."""
