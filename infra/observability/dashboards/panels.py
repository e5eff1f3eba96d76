"""The few kinds of panels that every dashboard is made of, and the sheet they stand on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    DataSourceRef,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataTransformerConfig,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import Dataquery, PromQueryFormat

TAG = "mlops"
# Whoever opens a dashboard chooses which Prometheus it asks; with one in Grafana there is nothing to choose.
SOURCE = DataSourceRef(type_val="prometheus", uid="${datasource}")
# Of Grafana: at least four scrapes, and no shorter than a point of the plot.
RATE = "[$__rate_interval]"
INTERVAL = "30s"
GOOD, WARN, BAD = "green", "orange", "red"
GRID = 24

Panel = stat.Panel | timeseries.Panel | table.Panel
_Kind = TypeVar("_Kind", stat.Panel, timeseries.Panel, table.Panel)
# An expression and what its series are called.
Line = tuple[str, str]


@dataclass(frozen=True)
class Limits:
    """From `warn` on a figure is doubtful, from `bad` on it is bad; `falling`: the other way round."""

    warn: float
    bad: float
    falling: bool = False

    def steps(self) -> dashboard.ThresholdsConfig:
        low, high = (BAD, GOOD) if self.falling else (GOOD, BAD)
        first, second = sorted((self.warn, self.bad))
        steps = [Threshold(color=low), Threshold(value=second, color=high)]
        if first != second:
            steps.insert(1, Threshold(value=first, color=WARN))
        return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def number(
    title: str, expr: str, unit: str, about: str = "", limits: Limits | None = None, legend: str = "", wide: int = 4
) -> stat.Panel:
    """The newest value, one for each series."""
    panel = _described(stat.Panel(), title, about).with_target(_query(expr, legend).instant())
    panel.unit(unit).span(wide).height(5).no_value("none").graph_mode(BigValueGraphMode.NONE)
    panel.reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
    return panel.thresholds(limits.steps()) if limits else panel


def curves(title: str, unit: str, *lines: Line, about: str = "", wide: int = 12) -> timeseries.Panel:
    """What a figure was over time."""
    panel = _described(timeseries.Panel(), title, about).unit(unit).span(wide).height(8).interval(INTERVAL).min(0)
    legend = (
        common.VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(True)
    )
    panel.legend(legend).tooltip(common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI))
    return panel.targets([_query(expr, name, place).range() for place, (expr, name) in enumerate(lines)])


def rows(title: str, expr: str, unit: str, about: str = "", wide: int = 12) -> table.Panel:
    """One row for each series, its labels as columns."""
    query = _query(expr, "").instant().format(PromQueryFormat.TABLE)
    tidy = DataTransformerConfig(id_val="organize", options={"excludeByName": {"Time": True, "__name__": True}})
    panel = _described(table.Panel(), title, about).with_target(query).with_transformation(tidy)
    return panel.unit(unit).span(wide).height(8)


def since(metric: str) -> str:
    """Seconds since the time that a metric tells; what has never been has none."""
    return f"time() - {metric}"


@dataclass(frozen=True)
class Section:
    """Panels below one heading, from left to right."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Sheet:
    """One dashboard. `by`: the metric whose label `model` is chosen from at the top."""

    name: str
    title: str
    about: str
    sections: Sequence[Section]
    hours: int = 6
    by: str = ""

    def queries(self) -> list[tuple[str, str]]:
        """Title of the panel and expression, of every query."""
        built = [panel.build() for section in self.sections for panel in section.panels]
        asked = ((str(panel.title), query) for panel in built for query in panel.targets or ())
        return [(title, query.expr) for title, query in asked if isinstance(query, Dataquery)]

    def json(self) -> str:
        """What Grafana reads; the same each time, so that nothing is written anew without a change."""
        others = dashboard.DashboardLink("Platform").type(DashboardLinkType.DASHBOARDS).tags([TAG])
        sheet = (
            dashboard.Dashboard(self.title)
            .uid(f"{TAG}-{self.name}")
            .description(self.about)
            .tags([TAG])
            .timezone("utc")
            .readonly()
            .refresh("1m")
            .time(f"now-{self.hours}h", "now")
            .tooltip(DashboardCursorSync.CROSSHAIR)
            .link(others.as_dropdown(True).keep_time(True).include_vars(True))
            .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        )
        if self.by:
            model = dashboard.QueryVariable("model").label("Model").datasource(SOURCE)
            sheet.with_variable(
                model.query(f"label_values({self.by}, model)").refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
            )
        for section in self.sections:
            sheet.with_row(dashboard.Row(section.title))
            for panel in section.panels:
                sheet.with_panel(panel)
        built = sheet.build()
        for link in built.links or []:
            # The builder knows only the menu, where nobody looks; without a place it is at the top.
            link.placement = None  # type: ignore[assignment]  # the SDK leaves out what is None
        for place, one in enumerate(built.panels or [], start=1):
            # Addresses of single panels have it; what has none is numbered anew at each load.
            one.id_val = place
        return json.dumps(built, cls=JSONEncoder, sort_keys=True)


def _described(panel: _Kind, title: str, about: str) -> _Kind:
    return panel.title(title).description(about).datasource(SOURCE)


def _query(expr: str, legend: str, place: int = 0) -> prometheus.Dataquery:
    return prometheus.Dataquery().ref_id(ascii_uppercase[place]).expr(expr).legend_format(legend).datasource(SOURCE)
