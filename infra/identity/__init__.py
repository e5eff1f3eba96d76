"""Who a pod is to AWS."""
