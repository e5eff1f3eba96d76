"""Tells people that data has drifted. Standard library and boto3 only: the package is this folder."""
