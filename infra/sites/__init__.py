"""What the platform stands on: a cluster that is there already, or an AWS account."""
