"""Pulumi resource plugin for AWS, for machines that cannot download the official one.

Serves the tokens of the installed `pulumi_aws` SDK with the names, replacement rules and output shapes of the official
plugin, for exactly the resource types that the stacks of this repository declare, through boto3. It was written for the
emulators of `local.aws`, and tried on nothing else: it is NOT a substitute for the official plugin on an AWS account.
What it does not carry it refuses by name; what no emulator has (`unsupported`) is only recorded, and every run says so.

`services/__init__.py` tells how to add a type.
"""
