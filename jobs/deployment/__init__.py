"""Rollouts: one orchestrator, one policy and one record for Kubernetes, Lambda and SageMaker."""
