"""EC2: the VPC with what belongs to it, and launch templates. (Rules of security groups: `vpc.py`, as in the SDK.)"""
