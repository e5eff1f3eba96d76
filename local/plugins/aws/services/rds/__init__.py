"""RDS: instances, their parameters and their subnets."""
