from __future__ import annotations

import re

import pytest

from jobs.serving.settings import ServingSettings
from tests.jobs.support import ROOT

DOC = ROOT / "docs" / "serving.md"


def test_the_table_in_the_docs_is_the_settings() -> None:
    """Name, default and meaning of each, in their order."""
    rows = re.findall(r"^\| `(MLOPS_\w+)` \| (.+?) \| (.+) \|$", DOC.read_text(), re.MULTILINE)
    expected = [
        (f"MLOPS_{name.upper()}", f"`{_told(field.default)}`" if field.default != "" else "none", field.description)
        for name, field in ServingSettings.model_fields.items()
    ]
    assert rows == expected


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_setting_says_what_it_means() -> None:
    assert [name for name, field in ServingSettings.model_fields.items() if not field.description] == []


def test_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("METRICS", "false"), ("CACHE_SIZE", "10"), ("MODEL_PLACE", "green"), ("BATCH_SIZE", "8")):
        monkeypatch.setenv(f"MLOPS_{name}", value)
    read = ServingSettings.read()
    assert (read.metrics, read.cache_size, read.model_place, read.batch_size) == (False, 10, "green", 8)
