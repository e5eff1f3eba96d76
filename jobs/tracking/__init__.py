"""The MLflow server of the platform: how it starts, when it is ready, its schema and its users."""
