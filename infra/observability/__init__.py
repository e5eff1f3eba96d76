"""Prometheus, its rules, Alertmanager and kube-state-metrics."""
