"""The whole stack `local`, recorded once."""

import pytest

from infra.stack import build
from tests.support.recording import Recording, record
from tests.support.settings import settings


@pytest.fixture(scope="session")
def local() -> Recording:
    """Everything stack `local` registers."""
    return record(lambda: build(settings()))
