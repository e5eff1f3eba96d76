"""Handlers of AWS Lambda functions; each folder is one function. They know nothing of `infra`."""
