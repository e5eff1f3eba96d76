"""EKS: clusters, their nodes and add-ons, who may use them, and which roles their pods have."""
