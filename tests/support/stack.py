"""Whole stacks, recorded once for tests that look at a part of them while they are collected."""

from functools import cache

from infra.stack import build
from tests.support.recording import Recording, record
from tests.support.settings import aws_settings, settings


@cache
def stack(name: str = "local") -> Recording:
    """Everything the stack registers."""
    wanted = settings() if name == "local" else aws_settings(name)
    return record(lambda: build(wanted), stack=name)
