"""Kubernetes: Jobs made from a PodTemplate, followed, told about, tried again; servers looked at and scaled."""
