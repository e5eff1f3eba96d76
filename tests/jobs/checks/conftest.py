from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.checks.platform import Platform, platform


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Platform]:
    with platform(tmp_path) as running:
        yield running
