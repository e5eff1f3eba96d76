"""The cluster: EKS on AWS, and on every site its provider and the four namespaces."""
