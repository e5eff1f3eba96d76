"""The model server: follows the registry's alias and verifies before it serves; no pandas, scikit-learn, MLflow."""
