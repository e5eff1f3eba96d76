"""Dashboards ask for what is there, in words that Prometheus understands, and are where a Grafana looks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.observability.dashboards import SHEETS
from infra.observability.dashboards.panels import Limits
from infra.observability.rules import RECORDINGS
from tests.support import promtool
from tests.support.promql import filled, metrics
from tests.support.stack import stack

ROOT = Path(__file__).parents[3]
NAMES = [sheet.name for sheet in SHEETS]
READ: dict[str, dict[str, Any]] = {sheet.name: json.loads(sheet.json()) for sheet in SHEETS}


def panels(name: str) -> list[dict[str, Any]]:
    """All of one dashboard that show something."""
    return [panel for panel in READ[name]["panels"] if panel["type"] != "row"]


def queries(name: str) -> list[str]:
    return [target["expr"] for panel in panels(name) for target in panel["targets"]]


def judged(expressions: list[str], folder: Path) -> str:
    """What promtool says of them, each as the rule it could be; nothing when all are well."""
    rules = [{"record": f"panel:{place}", "expr": filled(expr)} for place, expr in enumerate(expressions)]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    said = promtool.run("promtool", "check", "rules", folder / "rules.yaml")
    return "" if said.returncode == 0 else said.stdout + said.stderr


@pytest.mark.parametrize("name", NAMES)
def test_promtool_understands_every_query(name: str, tmp_path: Path) -> None:
    assert len(queries(name)) > 5
    assert judged(queries(name), tmp_path) == ""


def test_promtool_refuses_a_query_that_is_not_one(tmp_path: Path) -> None:
    assert "parse error" in judged(["sum by model (up)"], tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_every_recorded_figure_that_a_panel_shows_is_one_of_ours(name: str) -> None:
    asked = {metric for query in queries(name) for metric in metrics(query) if ":" in metric}

    assert asked <= {recording.name for recording in RECORDINGS}


@pytest.mark.parametrize("name", NAMES)
def test_a_panel_has_its_own_place_number_and_source(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in READ[name]["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in READ[name]["panels"]}) == len(READ[name]["panels"])
    for panel in panels(name):
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]), panel["title"]


def test_dashboards_are_found_from_each_other_and_have_names_of_their_own() -> None:
    assert len({one["uid"] for one in READ.values()}) == len({one["title"] for one in READ.values()}) == len(SHEETS)
    for one in READ.values():
        assert one["tags"] == ["mlops"]
        assert [(link["type"], link["tags"]) for link in one["links"]] == [("dashboards", ["mlops"])]
        assert "id" not in one or one["id"] is None, "of one Grafana's database"


@pytest.mark.parametrize("name", NAMES)
def test_every_page_that_a_panel_names_exists(name: str) -> None:
    named = re.findall(r"docs/[\w/-]+\.md", " ".join(panel.get("description", "") for panel in panels(name)))

    assert named
    assert [page for page in named if not (ROOT / page).is_file() and page != "docs/runbooks/alert-name.md"] == []


def test_limits_are_in_the_order_in_which_a_figure_meets_them() -> None:
    def colours(limits: Limits) -> list[tuple[float | None, str]]:
        return [(step.value, step.color) for step in limits.steps().build().steps]

    assert colours(Limits(1, 5)) == [(None, "green"), (1, "orange"), (5, "red")]
    assert colours(Limits(0.9, 0.5, falling=True)) == [(None, "red"), (0.5, "orange"), (0.9, "green")]
    assert colours(Limits(1, 1)) == [(None, "green"), (1, "red")]


@pytest.mark.parametrize("site", ["local", "dev", "prod"])
def test_every_site_has_them_where_the_sidecar_of_a_grafana_looks(site: str) -> None:
    found = [one for one in stack(site).of_kind("ConfigMap") if one.labels.get("grafana_dashboard") == "1"]

    assert {one.object_name for one in found} == {f"dashboard-{name}" for name in NAMES}
    assert {one.namespace for one in found} == {"ml-monitoring"}
    for one in found:
        ((file, text),) = one.inputs["data"].items()
        assert file == f"mlops-{str(one.object_name).removeprefix('dashboard-')}.json"
        assert json.loads(text)["title"].startswith("MLOps: ")
        # Kubernetes takes 1 MiB of a ConfigMap, and etcd keeps a copy of each change.
        assert len(text) < 64 * 1024


def test_a_dashboard_is_the_same_each_time_so_that_nothing_is_written_anew() -> None:
    assert [sheet.json() for sheet in SHEETS] == [sheet.json() for sheet in SHEETS]
