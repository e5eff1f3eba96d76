"""Figures of predictions whose outcome is known, and the verdict on them."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import generate_latest
from sklearn.metrics import accuracy_score, brier_score_loss, roc_auc_score

from jobs.datasets.shelf import Shelf, shelf_of
from jobs.datasets.source import FileSource
from jobs.datasets.validate import validate
from jobs.errors import DataError
from jobs.monitoring.actuals import files, read
from jobs.monitoring.collect import collect
from jobs.monitoring.complaint import complaint
from jobs.monitoring.config import Limits, Monitoring, PerformanceConfig
from jobs.monitoring.export import labelled
from jobs.monitoring.gauges import gauges
from jobs.monitoring.measure import Measured, floor, measure
from jobs.monitoring.performance import Outcomes, Performance, performance, share
from jobs.monitoring.verdict import judge
from jobs.retraining.config import Large
from jobs.retraining.priority import Priority
from tests.jobs.monitoring.traffic import MODEL, Traffic
from tests.jobs.reports.pages import check_page, plots
from tests.jobs.support import example, mlops

NOON = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)
CONFIG = Monitoring(kind="monitoring", model=MODEL)


def outcomes(probabilities: Any, actual: Any, threshold: float = 0.5) -> Outcomes:
    p = np.asarray(probabilities, dtype=np.float64)
    times = np.full(len(p), np.datetime64("2026-11-20T12:00:00", "ms"))
    return Outcomes(times, np.full(len(p), "1", dtype=object), p, p >= threshold, np.asarray(actual, dtype=np.bool_))


def of(probabilities: Any, actual: Any) -> Performance:
    found = performance(outcomes(probabilities, actual))
    assert found
    return found


def drawn(rows: int, seed: int, shift: float = 0.0) -> tuple[Any, Any]:
    """Probabilities, and classes that come true with them (plus the shift)."""
    random = np.random.default_rng(seed)
    p = random.beta(1.0, 2.5, rows)
    return p, random.random(rows) < np.clip(p + shift, 0, 1)


def test_figures_are_those_of_scikit_learn() -> None:
    p, y = drawn(2000, 1)
    p = np.round(p, 2)  # with ties
    found = of(p, y)
    assert found.accuracy.value == pytest.approx(accuracy_score(y, p >= 0.5))
    assert found.roc_auc
    assert found.roc_auc.value == pytest.approx(roc_auc_score(y, p))
    assert found.brier.value == pytest.approx(brier_score_loss(y, p))
    assert (found.rows, found.positives) == (2000, int(y.sum()))


def test_the_intervals_hold_the_true_value_in_95_of_100_cases() -> None:
    """Of 400 samples of 300 rows; the true values are those of a million rows. ±3 standard errors: 0.917 to 0.983."""
    truth = of(*drawn(1_000_000, 0))
    assert truth.roc_auc
    held = np.zeros(4)
    for seed in range(1, 401):
        found = of(*drawn(300, seed))
        assert found.roc_auc
        for place, (figure, true) in enumerate(
            [
                (found.accuracy, truth.accuracy.value), (found.roc_auc, truth.roc_auc.value),
                (found.brier, truth.brier.value), (found.gap, 0.0),
            ]
        ):  # fmt: skip
            held[place] += figure.low <= true <= figure.high
    assert (held / 400 >= 0.917).all(), held
    assert (held / 400 <= 0.983).all(), held


def test_a_calibrated_model_has_no_calibration_error_however_few_the_rows() -> None:
    for rows in (200, 2000, 20_000):
        errors = [of(*drawn(rows, seed)).calibration_error or 0.0 for seed in range(40)]
        assert np.median(errors) < 0.02, rows
    shifted = [of(*drawn(2000, seed, shift=0.15)).calibration_error or 0.0 for seed in range(20)]
    assert np.median(shifted) == pytest.approx(0.145, abs=0.02)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_whatever_the_predictions_are_every_value_lies_in_its_interval(pairs: list[tuple[float, bool]]) -> None:
    found = of([p for p, _ in pairs], [y for _, y in pairs])
    for figure in (found.accuracy, found.brier, found.gap, found.roc_auc):
        if figure:
            assert figure.low - 1e-9 <= figure.value <= figure.high + 1e-9
    assert sum(one.rows for one in found.bins) == len(pairs)
    json.dumps(found.as_dict(), allow_nan=False)


def test_no_rows_have_no_figures_and_one_class_has_no_roc_auc() -> None:
    assert performance(outcomes([], [])) is None
    assert of([0.1, 0.9], [True, True]).roc_auc is None
    perfect = of([0.1] * 50 + [0.9] * 50, [False] * 50 + [True] * 50).roc_auc
    assert perfect
    assert perfect.value == 1.0
    assert perfect.low == pytest.approx(0.94)
    assert share(0, 10).low == 0.0


def test_a_verdict_is_bad_only_when_the_whole_interval_is_beyond_the_limit() -> None:
    found = of(*drawn(1000, 3))
    value, low, high = found.accuracy.value, found.accuracy.low, found.accuracy.high
    for limit, expected in ((low, "good"), ((value + high) / 2, "doubtful"), (high + 0.001, "bad")):
        assert judge(found, PerformanceConfig(limits=Limits(accuracy=limit))).verdict == expected
    assert judge(found, PerformanceConfig(limits=Limits(brier=found.brier.low / 2, accuracy=low))).verdict == "bad"
    assert judge(found, PerformanceConfig()).verdict == "inconclusive"
    few = judge(of(*drawn(100, 3)), PerformanceConfig(limits=Limits(accuracy=0.99)))
    assert (few.verdict, few.reason) == ("inconclusive", "100 labelled predictions, 200 are needed")


def test_steps_are_hours_days_and_weeks_from_monday() -> None:
    times = np.array(["2026-11-22T23:59:59", "2026-11-23T00:00:00"], dtype="datetime64[ms]")  # Sunday, Monday
    assert [str(one) for one in floor(times, "week")] == ["2026-11-16", "2026-11-23"]
    assert [str(one) for one in floor(times, "day")] == ["2026-11-22", "2026-11-23"]
    assert str(floor(times, "hour")[0]) == "2026-11-22T23"


@pytest.fixture
def answered(traffic: Traffic, predictions: Shelf) -> Traffic:
    """2,000 real customers on two days, the second day by version 4; collected."""
    traffic.send(NOON - timedelta(days=1), {"a": range(0, 1000)})
    traffic.send(NOON, {"b": range(1000, 2000)}, version="4")
    collect(traffic.shelf, predictions, MODEL, NOON - timedelta(days=2), NOON + timedelta(hours=1), lambda _: None)
    return traffic


def labels(traffic: Traffic, rows: range, flip: bool = False) -> list[str]:
    return ["Yes" if bool(traffic.telco.target[row]) != flip else "No" for row in rows]


def table(folder: Path, name: str, lines: list[str], header: str = "prediction_id,label,time") -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join([header, *lines]) + "\n")
    return str(folder)


def both_days(traffic: Traffic, folder: Path, flip: bool = False) -> str:
    known = NOON + timedelta(days=3)
    lines = [
        f"{name}/{place},{label},{known.isoformat()}"
        for name, rows in (("a", range(0, 1000)), ("b", range(1000, 2000)))
        for place, label in enumerate(labels(traffic, rows, flip), 1)
    ]
    return table(folder, "november.csv", lines)


def measured(predictions: Shelf, place: str, config: Monitoring = CONFIG) -> Measured:
    return measure(config, predictions, read(place), NOON - timedelta(days=7), NOON + timedelta(hours=1))


def test_performance_over_time_is_that_of_the_real_outcomes(
    answered: Traffic, predictions: Shelf, tmp_path: Path
) -> None:
    found = measured(predictions, both_days(answered, tmp_path / "actuals"))
    assert found.overall
    rows = np.arange(2000)
    p = [one.probability for one in answered.scorer.predict_records(answered.telco.records(rows))]
    assert found.overall.roc_auc
    assert found.overall.roc_auc.value == pytest.approx(roc_auc_score(answered.telco.target[rows], p))
    assert [(step.start.day, step.performance.rows) for step in found.steps] == [(19, 1000), (20, 1000)]
    assert {version: one.rows for version, one in found.versions.items()} == {"3": 1000, "4": 1000}
    assert (found.counts.predictions, found.counts.matched, found.counts.unmatched) == (2000, 2000, 0)
    text = generate_latest(gauges(found, Limits())).decode()
    auc = found.versions["4"].roc_auc
    assert auc
    assert f'mlops_performance_roc_auc_ratio{{model="{MODEL}",version="4"}} {auc.value}' in text
    assert f'mlops_performance_labelled_predictions{{model="{MODEL}",version="3"}} 1000.0' in text


def test_the_verdict_is_on_the_version_that_gave_the_last_prediction(
    answered: Traffic, predictions: Shelf, tmp_path: Path
) -> None:
    """Version 3 was bad; version 4, which replaced it, is good."""
    lines = [
        f"{name}/{place},{label}"
        for name, rows, flip in (("a", range(0, 1000), True), ("b", range(1000, 2000), False))
        for place, label in enumerate(labels(answered, rows, flip), 1)
    ]
    known = table(tmp_path / "actuals", "1.csv", lines, "prediction_id,label")
    config = CONFIG.model_copy(update={"performance": PerformanceConfig(limits=Limits(roc_auc=0.7))})
    found = measured(predictions, known, config)
    assert (found.version, found.verdict.verdict) == ("4", "good")
    assert judge(found.versions["3"], config.performance).verdict == "bad"
    assert f'mlops_performance_bad{{model="{MODEL}"}} 0.0' in generate_latest(gauges(found, Limits())).decode()
    assert complaint(found) is None
    before = measure(config, predictions, read(known), NOON - timedelta(days=7), NOON - timedelta(hours=1))
    assert (before.version, before.verdict.verdict) == ("3", "bad")
    asked = complaint(before)
    assert asked
    assert (asked.version, asked.reason, asked.priority(Large())) == ("3", "roc_auc is bad", Priority.P0)
    again, later = (
        complaint(dataclasses.replace(before, end=before.end + more))
        for more in (timedelta(minutes=1), timedelta(days=1))
    )
    assert again
    assert later
    assert again.key == asked.key != later.key


@pytest.mark.usefixtures("answered")
def test_late_unmatched_and_corrected_actuals_are_counted_and_the_last_word_counts(
    predictions: Shelf, tmp_path: Path
) -> None:
    soon, late = (NOON + timedelta(days=2)).isoformat(), (NOON + timedelta(days=90)).isoformat()
    place = table(
        tmp_path / "actuals", "1.csv",
        [f"a/1,Yes,{soon}", f"a/2,No,{late}", f"nobody/1,No,{soon}", f"a/3,Yes,{soon}", f"a/3,No,{soon}"],
    )  # fmt: skip
    table(tmp_path / "actuals", "0.csv", [f"a/1,No,{NOON.isoformat()}"])
    found = measured(predictions, place)
    counts = found.counts
    assert (counts.actuals, counts.matched, counts.unmatched) == (4, 3, 1)
    assert (counts.late, counts.corrected) == (1, 2)
    assert found.overall
    assert (found.overall.rows, found.overall.positives) == (2, 1)


@pytest.mark.usefixtures("answered")
def test_without_times_the_later_file_is_the_last_word_and_nothing_is_late(predictions: Shelf, tmp_path: Path) -> None:
    table(tmp_path / "actuals", "1.csv", ["a/1,No"], "prediction_id,label")
    place = table(tmp_path / "actuals", "2.csv", ["a/1,Yes"], "prediction_id,label")
    found = measured(predictions, place)
    assert found.overall
    assert (found.overall.positives, found.counts.late, found.counts.corrected) == (1, 0, 1)


@pytest.mark.usefixtures("answered")
@pytest.mark.parametrize(
    ("header", "line", "words"),
    [
        ("id,label", "a/1,Yes", "no table of actuals"),
        ("prediction_id,label", "a/1,", "without prediction or label"),
        ("prediction_id,label", ",Yes", "without prediction or label"),
        ("prediction_id,label", "a/1,perhaps", "none of the model's"),
        ("prediction_id,label,time", "a/1,Yes,soon", "whose time is none"),
    ],
)
def test_actuals_that_are_none_are_refused(
    predictions: Shelf, tmp_path: Path, header: str, line: str, words: str
) -> None:
    place = table(tmp_path / "actuals", "1.csv", [line], header)
    with pytest.raises(DataError, match=words):
        measured(predictions, place)


def test_no_predictions_and_no_actuals_are_no_error(predictions: Shelf, tmp_path: Path) -> None:
    found = measured(predictions, str(tmp_path / "none"))
    assert (found.overall, found.verdict.verdict, found.counts.predictions) == (None, "inconclusive", 0)
    assert "mlops_performance_roc_auc_ratio{" not in generate_latest(gauges(found, Limits())).decode()


@pytest.mark.usefixtures("answered")
def test_an_export_has_only_known_outcomes_unless_all_are_asked_for(predictions: Shelf, tmp_path: Path) -> None:
    known = read(table(tmp_path / "actuals", "1.csv", ["b/7,Yes"], "prediction_id,label"))
    window = (NOON - timedelta(days=7), NOON + timedelta(hours=1))
    one = labelled(predictions, MODEL, *window, known, "churn", all_rows=False)
    assert (one["prediction_id"].to_pylist(), one["churn"].to_pylist()) == (["b/7"], ["Yes"])
    assert labelled(predictions, MODEL, *window, known, "churn", all_rows=True).num_rows == 2000
    with pytest.raises(DataError, match="nothing to export"):
        labelled(predictions, MODEL, *window, read(str(tmp_path / "none")), "churn", all_rows=False)


@pytest.mark.usefixtures("store")
def test_the_commands_judge_what_the_store_holds(traffic: Traffic, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    now = datetime.now(UTC)
    sent = Traffic(shelf_of("s3://inference-logs"), traffic.scorer, traffic.telco)
    sent.send(now - timedelta(hours=2), {"a": range(0, 600)})
    assert mlops("monitor", "collect").code == 0
    nothing = example("monitor evaluate")
    assert (nothing.code, "inconclusive" in nothing.out) == (0, True), nothing.err
    for flip, code in ((False, 0), (True, 1)):
        lines = [f"a/{place},{label}" for place, label in enumerate(labels(traffic, range(600), flip), 1)]
        folder = table(tmp_path / f"actuals-{flip}", "1.csv", lines, "prediction_id,label")
        said = mlops("monitor", "evaluate", "--actuals", folder, "--json")
        assert (said.code, said.json["counts"]["matched"]) == (code, 600)
        assert (said.json["verdict"] == "bad") == flip
        of_version = {name: mlops("monitor", "evaluate", "--actuals", folder, "--version", name) for name in "34"}
        assert (of_version["3"].code, of_version["4"].code) == (code, 0)
        assert "version 4 is inconclusive: 0 labelled predictions" in of_version["4"].out
    content = Path(folder, "1.csv").read_bytes()
    assert shelf_of(f"s3://features/actuals/{MODEL}").create("1.csv", content)
    assert files(f"s3://features/actuals/{MODEL}") == [f"s3://features/actuals/{MODEL}/1.csv"]
    figures = example("monitor metrics").json
    assert (figures["overall"]["rows"], figures["pushed"], figures["verdict"]["verdict"]) == (600, False, "bad")
    assert "version 3" in mlops("monitor", "metrics").out
    monkeypatch.chdir(tmp_path)
    said = example("monitor report")
    assert said.code == 0, said.err
    page = Path(said.out.split(": ")[0])
    text = page.read_text()
    assert "Version 3 is bad: " in check_page(text)
    assert len(plots(text)) == 5
    assert json.loads(page.with_suffix(".json").read_text())["overall"]["rows"] == 600
    exported = example("monitor export")
    assert (exported.code, exported.out) == (0, "recent.parquet: 600 rows, 0 of them without an outcome yet\n")
    back = validate(FileSource(kind="file", path="recent.parquet").read(), traffic.telco.schema, "recent")
    ids = pq.read_table("recent.parquet")["prediction_id"].to_pylist()
    sent_rows = np.array([int(one.removeprefix("a/")) - 1 for one in ids])
    given = traffic.telco.take(sent_rows)
    assert back.target.tolist() == (1 - given.target).tolist()  # the actuals are those of the last turn, flipped
    assert back.digest() == dataclasses.replace(given, labels=back.target).digest()
    for bad in (["--model", "nobody", "--out", "x.parquet"], ["--out", "x.csv"], ["--label", "tenure", "--out", "x"]):
        assert mlops("monitor", "export", *bad).code in (1, 2)
        assert not Path(bad[-1]).exists()
    nobody = mlops("monitor", "report", "--model", "nobody", "--out", "reports", "--json")
    assert (nobody.code, nobody.json["counts"]["predictions"]) == (0, 0)
    check_page(Path(nobody.json["report"]).read_text())
