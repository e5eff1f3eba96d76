"""The model server: follows the registry's alias, verifies before it serves; imports no pandas, scikit-learn or MLflow."""
