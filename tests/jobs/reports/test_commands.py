"""Reports from a Prometheus, a store and a trail; what one of them cannot tell is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jobs.audit.trail import Trail
from jobs.bundle.scorer import Scorer
from jobs.datasets.shelf import shelf_of
from jobs.datasets.table import Table
from jobs.errors import ConfigError
from jobs.reports.events import retraining
from jobs.reports.period import Period, day_of, week_of
from jobs.retraining.outcome import Outcome
from tests.jobs.monitoring.prometheus import Answer, Fake, prometheus
from tests.jobs.monitoring.traffic import MODEL, Traffic
from tests.jobs.reports.pages import check_page, plots
from tests.jobs.support import example, free_port, mlops


def now() -> datetime:
    """Asked anew by each test: a run of the suite may last past midnight."""
    return datetime.now(UTC)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Fake]:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLOPS_AUDIT", str(tmp_path / "audit"))
    monkeypatch.chdir(tmp_path)
    with prometheus() as fake:
        monkeypatch.setenv("MLOPS_PROMETHEUS", fake.url)
        yield fake


def load() -> Answer:
    """Twenty-eight days of quarters of an hour: requests and memory grow, latency does not."""
    start = now().timestamp() - 28 * 86_400

    def answer(query: str) -> list[tuple[float, float]] | None:
        for pattern, first, rise in (
            (r"process_resident", 300.0, 5.0), (r"histogram_quantile", 0.02, 0.0), (r"process_cpu", 0.15, 0.01),
            (r"mlops_requests_total", 10.0, 1.0),
        ):  # fmt: skip
            if re.search(pattern, query):
                return [(start + 900 * place, first + rise * place / 96) for place in range(28 * 96)]
        return None

    return answer


def limits(query: str) -> float | None:
    return 2.0 if 'resource="cpu"' in query else 1024.0**3 if 'resource="memory"' in query else None


def test_capacity_tells_what_grows_and_when_it_is_full(server: Fake) -> None:
    server.series, server.value = load(), limits
    said = example("report capacity")
    assert said.code == 0, said.err
    page = Path(said.out.splitlines()[0])
    assert len(plots(page.read_text())) == 4
    check_page(page.read_text())
    found = {one["name"]: one for one in json.loads(page.with_suffix(".json").read_text())["resources"]}
    memory = found["memory of the fullest server"]
    assert (memory["limit"], memory["verdict"]) == (1024.0, "soon")
    assert memory["perDay"] == pytest.approx(5.0)
    left = datetime.fromisoformat(memory["reached"]) - now()
    assert left.total_seconds() / 86_400 == pytest.approx((1024 * 0.7 - 440) / 5, abs=1.5)
    assert (found["p95"]["verdict"], found["processor of all servers"]["verdict"]) == ("fine", "soon")
    assert found["requests"]["limit"] == pytest.approx((2.0 - 0.05) / 0.01)


def test_a_limit_that_is_reached_ends_with_1_and_no_data_with_0(server: Fake) -> None:
    assert mlops("report", "capacity", "--out", "r", "--json").code == 0
    server.series = load()
    server.value = lambda query: 0.1 if 'resource="cpu"' in query else limits(query)
    said = mlops("report", "capacity", "--out", "r", "--json")
    verdicts = {one["name"]: one["verdict"] for one in said.json["resources"]}
    assert (said.code, verdicts["processor of all servers"]) == (1, "reached")


@pytest.fixture
def yesterday(scorer: Scorer, telco: Table, server: Fake) -> Period:  # noqa: ARG001  # sets the environment
    """A day: 500 predictions with outcomes, a drift report, a retraining, a promotion; and a day before it."""
    period = day_of(None, now())
    noon = period.start + timedelta(hours=12)
    sent = Traffic(shelf_of("s3://inference-logs"), scorer, telco)
    sent.send(noon, {"a": range(500)})
    sent.send(noon - timedelta(days=1), {"b": range(10)}, version="2")
    assert mlops("monitor", "collect", "--days", "4").code == 0
    features = shelf_of("s3://features")
    lines = [f"a/{row + 1},{'Yes' if telco.target[row] else 'No'}" for row in range(500)]
    features.create(f"actuals/{MODEL}/1.csv", "\n".join(["prediction_id,label", *lines]).encode())
    for number, moment in enumerate((noon, noon - timedelta(days=1))):
        told: dict[str, Any] = {
            "time": moment.isoformat(), "model": MODEL, "version": "3", "rows": 900, "drifted": True,
            "features": [{"feature": f"tenure{number}", "drifted": True}, {"feature": "female", "drifted": False}],
        }  # fmt: skip
        features.create(f"drift/{moment:%Y-%m-%dT%H-%M-%SZ}.json", json.dumps(told).encode())
    features.create("drift/broken.json", b"{")
    outcome = {"time": noon.isoformat(), "name": "retrain-7", "result": "refused", "reason": "not better"}
    features.create(f"retraining/outcomes/{MODEL}/000007.json", json.dumps(outcome).encode())
    return period


@pytest.mark.usefixtures("store")
def test_the_daily_report_tells_what_the_day_brought_and_nothing_of_other_days(server: Fake, yesterday: Period) -> None:
    server.value = lambda query: ({"status": "200"}, 1234.0) if query.startswith("sum by (status)") else 0.02
    said = example("report daily")
    assert said.code == 0, said.err
    page = Path(said.out.split(": ")[0])
    assert page.name == f"{yesterday.start:%Y-%m-%d}.html"
    text = check_page(page.read_text())
    for words in ("tenure0", "retrain-7", "refused", "not better"):
        assert words in text
    assert "tenure1" not in text
    data = json.loads(page.with_suffix(".json").read_text())
    assert data["predictions"]["versions"][0]["predictions"] == 500
    assert [one["version"] for one in data["predictions"]["versions"]] == ["3"]
    assert data["performance"]["counts"]["matched"] == 500
    assert (data["requests"]["requests"], data["requests"]["failedShare"]) == (1234, 0.0)
    assert (data["unknown"], data["registry"]["entries"]) == (0, [])


@pytest.mark.usefixtures("store", "server")
def test_entries_of_the_audit_trail_about_the_model_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    trail = Trail.open()
    for subject in (f"{MODEL}@champion", "other@champion", f"{MODEL}/3"):
        trail.append("alias.moved", subject, to="3")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr("jobs.reports.period.day_of", lambda text, _: day_of(text, tomorrow))
    said = mlops("report", "daily", "--out", "r", "--json")
    assert [one["subject"] for one in said.json["registry"]["entries"]] == [f"{MODEL}@champion", f"{MODEL}/3"]


@pytest.mark.usefixtures("store", "server", "yesterday")
def test_a_source_that_does_not_answer_is_named_and_the_others_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_PROMETHEUS", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("MLOPS_AUDIT")
    said = mlops("report", "daily", "--out", "r", "--json")
    assert (said.code, said.json["unknown"]) == (0, 3)
    assert said.json["requests"]["problem"]["error"] == "Prometheus does not answer"
    assert said.json["predictions"]["versions"][0]["predictions"] == 500
    assert "Not known: Prometheus does not answer" in check_page(Path(said.json["report"]).read_text())


@pytest.mark.usefixtures("server")
def test_no_source_at_all_is_an_error_and_leaves_no_report(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for name in ("MLOPS_PROMETHEUS", "MLFLOW_S3_ENDPOINT_URL"):
        monkeypatch.setenv(name, nowhere)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("MLOPS_AUDIT", "s3://audit")
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert mlops("report", "daily", "--out", "r").code == 1
    assert not (tmp_path / "r").exists()


@pytest.mark.usefixtures("store", "server")
def test_the_weekly_report_is_of_the_last_whole_week_and_goes_to_the_store() -> None:
    assert example("report weekly").code == 0
    said = mlops("report", "weekly", "--json")
    assert said.json["report"] == f"s3://features/reports/weekly/{MODEL}/{week_of(None, now()).name}.html"
    start = datetime.fromisoformat(said.json["start"])
    assert (start.weekday(), datetime.fromisoformat(said.json["end"]) - start) == (0, timedelta(days=7))
    assert datetime.fromisoformat(said.json["end"]) <= now()


def test_retrainings_are_found_whatever_the_name_of_the_model_is(tmp_path: Path) -> None:
    noon = datetime(2026, 1, 3, 12, tzinfo=UTC)
    ended = Outcome(model="churn/eu v2", number=1, name="retrain-7", result="refused", reason="not better", time=noon)
    features = shelf_of(str(tmp_path))
    features.create(f"retraining/{ended.key}", ended.model_dump_json().encode())
    _, told = retraining(features, ended.model, day_of("2026-01-03", noon + timedelta(days=1)))
    assert [one["name"] for one in told["outcomes"]] == ["retrain-7"]


def test_periods_are_whole_days_and_weeks_that_have_ended() -> None:
    sunday = datetime(2026, 1, 4, 9, 30, tzinfo=UTC)
    assert day_of(None, sunday).name == "2026-01-03"
    assert week_of(None, sunday).name == "2025-W52"
    assert week_of("2026-01-01", sunday + timedelta(days=1)).name == "2026-W01"
    for text in ("2026-01-04", "2027-01-01", "yesterday"):
        with pytest.raises(ConfigError):
            day_of(text, sunday)
    with pytest.raises(ConfigError, match="has not ended"):
        week_of("2026-01-01", sunday)


@pytest.mark.usefixtures("server")
def test_a_day_that_has_not_ended_is_a_usage_error() -> None:
    said = mlops("report", "daily", "--date", f"{now():%Y-%m-%d}")
    assert (said.code, "has not ended" in said.err) == (2, True)
