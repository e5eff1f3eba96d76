"""What people and Prometheus get of a report."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from prometheus_client import generate_latest

from jobs.datasets.table import Table
from jobs.drift.events import detail
from jobs.drift.gauges import gauges
from jobs.drift.page import page_of
from jobs.reports.page import html
from tests.jobs.drift.tables import changed, halves, report
from tests.jobs.support import ROOT


@pytest.fixture
def drifted(telco: Table) -> dict[str, Any]:
    one, other = halves(telco)
    contract = other.columns["contract"].copy()
    contract[:100] = "<script>alert(1)</script>"
    window = changed(other, contract=contract, tenure=np.zeros(other.rows))
    part = {"drifted": True, "tests": []}
    return {
        "time": "2026-11-21T03:07:00+00:00", "model": "churn-classifier", "version": "3", "current": "telco",
        **report(one, window), "label": {**part, "reference": 0.2, "current": 0.4},
        "prediction": {**part, "drifted": False, "bins": []},
    }  # fmt: skip


def test_the_page_shows_what_moved_and_obeys_no_markup_in_the_data(drifted: dict[str, Any]) -> None:
    page = html(page_of(drifted))
    assert "Verdict: drift" in page
    assert "<h2>contract</h2>" in page
    assert "<h2>monthly_charges</h2>" not in page
    assert "tenure: every row has the value 0" in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "http" not in page


def test_prometheus_hears_what_drifted(drifted: dict[str, Any]) -> None:
    said = generate_latest(gauges(drifted)).decode()
    assert 'mlops_drift_detected{part="data"} 1.0' in said
    assert 'mlops_drift_detected{part="label"} 1.0' in said
    assert 'mlops_drift_detected{part="prediction"} 0.0' in said
    assert 'part="performance"' not in said
    assert "mlops_drift_window_rows 1000.0" in said
    assert 'mlops_drift_feature_psi{feature="contract"}' in said


def test_the_event_names_the_parts_that_drifted(drifted: dict[str, Any]) -> None:
    said = detail(drifted, "mlops-dev")
    assert [one["feature"] for one in said["features"]] == ["contract"]
    assert said["label"] == {"drifted": True}
    assert "prediction" not in said
    assert said["checked"] == 19


def test_the_document_names_every_field_of_a_report(drifted: dict[str, Any]) -> None:
    named = set(re.findall(r"`(\w+)`", (ROOT / "docs" / "drift.md").read_text()))
    feature = drifted["features"][0]
    parts = [drifted, feature, feature["tests"][0], feature["bins"][0], next(iter(feature["statistics"].values()))]
    assert {field for part in parts for field in part} - named == set()
