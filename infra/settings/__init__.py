"""Typed settings of a stack: models, invariants and the one reader of `pulumi.Config`."""
