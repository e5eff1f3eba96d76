"""The recordings are what the engine still says."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.review.cost import bill
from infra.review.events import read
from infra.review.prices import prices
from infra.review.report import render
from local.cache import cache_root
from local.progress import Progress
from local.toolchain.build import build_toolchain
from tests.infra.review.samples import recorded
from tests.infra.review.trial.record import record


@pytest.mark.engine
def test_the_engine_of_today_gives_the_recorded_reports(tmp_path: Path) -> None:
    made = record(tmp_path, build_toolchain(cache_root(), Progress(), ("pulumi",)) / "pulumi")
    assert sorted(made) == ["broken.jsonl", "changed.jsonl", "digest.json", "new.jsonl", "protected.jsonl"]
    for name, text in made.items():
        then, now = recorded(name), read(text)
        assert render(now, "dev", bill(now, prices())) == render(then, "dev", bill(then, prices())), name
