"""The whole stack `local`, recorded once for tests that look at a part of it while they are collected."""

from functools import cache

from infra.stack import build
from tests.support.recording import Recording, record
from tests.support.settings import settings


@cache
def stack() -> Recording:
    """Everything stack `local` registers."""
    return record(lambda: build(settings()))
