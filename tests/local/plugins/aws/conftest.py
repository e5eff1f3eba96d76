"""The emulators for these tests; `tests.support.aws` holds the fixtures, for tests of whole stacks too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.local.plugins.stack import Stack
from tests.support.aws import aws_emulators, aws_environment, trial

__all__ = ["aws_emulators", "aws_environment", "trial"]


@pytest.fixture
def aws_stack(tmp_path: Path, engine: Path, aws_environment: Mapping[str, str]) -> Iterator[Stack]:
    """An empty project whose AWS are the emulators; what it made is gone afterwards."""
    made = Stack(tmp_path, engine, {"aws:region": aws_environment["AWS_REGION"]})
    yield made
    destroyed = made.pulumi("destroy", "--yes", "--skip-preview")
    assert destroyed.code == 0, destroyed.text
