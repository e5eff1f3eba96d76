"""Grafana's dashboards: what people look at, by domain."""

from infra.observability.dashboards import backup, drift, overview, serving, slo, tracking, training
from infra.observability.dashboards.panels import Sheet

SHEETS: tuple[Sheet, ...] = (
    overview.SHEET,
    tracking.SHEET,
    serving.SHEET,
    training.SHEET,
    drift.SHEET,
    backup.SHEET,
    slo.SHEET,
)

__all__ = ["SHEETS", "Sheet"]
