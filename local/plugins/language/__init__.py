"""Python language host for machines without the official Pulumi CLI.

Runs programs and policy packs in the Python environment it belongs to; the `virtualenv` and `toolchain` options are
ignored.
"""
