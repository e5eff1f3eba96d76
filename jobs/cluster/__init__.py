"""Jobs on Kubernetes: made from a PodTemplate of the stack, followed, told about, tried again."""
