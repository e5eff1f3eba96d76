"""Optuna's storage on PostgreSQL in few round trips."""
