"""Claims about `mlops data`, on a real store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from jobs.cluster import run
from jobs.config import load
from jobs.datasets import figures
from jobs.datasets.catalog import Catalog
from jobs.datasets.config import Pipeline
from jobs.datasets.moment import now
from jobs.datasets.parquet import table_bytes
from jobs.datasets.pipeline import run_pipeline
from jobs.datasets.table import Table
from jobs.store import write_object
from tests.jobs.cluster.fake import FakeApi
from tests.jobs.datasets.support import GOOD, OTHER, day, take
from tests.jobs.support import ROOT, Outcome, example, mlops

CONFIG = ROOT / "configs" / "churn-data.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Dataset `churn` of days 1 and 5 in a folder."""
    catalog = Catalog(str(tmp_path / "root"))
    take(catalog, tmp_path, GOOD, day(1))
    take(catalog, tmp_path, OTHER, day(5))
    return tmp_path / "root"


def config(tmp_path: Path, text: str) -> Path:
    """The shipped pipeline, on this CSV."""
    (tmp_path / "rows.csv").write_text(text)
    path = tmp_path / "pipeline.yaml"
    path.write_text(CONFIG.read_text().replace("{kind: telco}", f"{{kind: file, path: {tmp_path / 'rows.csv'}}}"))
    return path


@pytest.mark.usefixtures("store")
def test_every_example_of_the_help_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = Catalog()
    take(catalog, tmp_path, GOOD, day(1))
    monkeypatch.chdir(tmp_path)
    done = {"data read": example("data read")}
    monkeypatch.chdir(ROOT)
    done |= {
        "data validate": example("data validate"), "data pipeline": example("data pipeline"),
        "data status": example("data status"), "data list": example("data list"),
        "data archive": example("data archive"),
    }  # fmt: skip
    assert {name: one.code for name, one in done.items()} == dict.fromkeys(done, 0), done
    assert "7043 rows" in done["data validate"].out
    assert "appended" in done["data pipeline"].out
    assert "ok" in done["data status"].out
    assert done["data list"].out.count("datasets") == 2
    assert (tmp_path / "churn.csv").read_text() == "age,plan,spent,churn\n31.0,basic,1.5,Yes\n42.0,gold,,No\n"
    assert "1 snapshots archived" in done["data archive"].out


@pytest.mark.usefixtures("store")
def test_a_second_run_of_the_pipeline_finds_nothing_new() -> None:
    first, second = (mlops("data", "pipeline", str(CONFIG), "--json") for _ in range(2))
    assert (first.json["new"], second.json["new"]) == (True, False)
    assert first.json["path"] == second.json["path"] == f"s3://features/datasets/churn/{first.json['path'][-20:]}"
    assert first.json["rows"] == 7043
    assert len(Catalog().snapshots("churn")) == 1


@pytest.mark.parametrize("command", ["validate", "pipeline"])
def test_rows_that_do_not_fit_are_refused_with_every_rule_and_leave_nothing(tmp_path: Path, command: str) -> None:
    header = ",".join((*load(Pipeline, CONFIG).table.names(), "churn"))
    bad = f"{header}\n2,0,1,0,-1,1,{'x,' * 9}0,x,-5,,Maybe\n"
    at = ("--root", str(tmp_path / "root")) if command == "pipeline" else ()
    refused = mlops("data", command, str(config(tmp_path, bad)), *at, "--json")
    assert refused.code == 1
    rules = "\n".join(refused.json["details"])
    for part in ("'female'", "above the maximum 1", "'tenure'", "below the minimum 0", "'contract'", "'churn', row 1"):
        assert part in rules
    assert not (tmp_path / "root").exists()


def test_a_table_without_rows_columns_or_file_is_refused(tmp_path: Path) -> None:
    for text, said in (("a,b\n1,2\n", "column 'tenure' is missing"), ("", "the file is empty")):
        refused = mlops("data", "validate", str(config(tmp_path, text)))
        assert (refused.code, said in refused.err) == (1, True)
    assert mlops("data", "validate", str(CONFIG), "--data", str(tmp_path / "no.csv")).code == 1
    assert mlops("data", "validate", str(tmp_path / "no.yaml")).code == 2
    assert mlops("data", "validate", str(CONFIG), "--data", "table.xlsx").code == 2


def test_validate_takes_an_experiment_too_and_a_dataset(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_DATASETS", str(folder))
    run_pipeline(load(Pipeline, CONFIG).model_copy(update={"dataset": "telco"}), Catalog(), day(1), print)
    experiment = str(ROOT / "configs" / "churn-experiment.yaml")
    fits = mlops("data", "validate", experiment, "--data", "dataset:telco", "--json")
    assert (fits.code, fits.json["rows"]) == (0, 7043)
    refused = mlops("data", "validate", experiment, "--data", "dataset:churn")
    assert (refused.code, "column 'tenure' is missing" in refused.err) == (1, True)


@pytest.mark.usefixtures("store")
def test_what_the_server_saw_last_is_checked_without_a_label(telco: Table) -> None:
    nothing = mlops("data", "validate", str(CONFIG), "--recent")
    assert (nothing.code, "there is no recent data" in nothing.err) == (1, True)
    seen = Table(telco.schema, telco.columns, None)
    write_object("s3://features/current/churn-classifier/2026-11-20.parquet", table_bytes(seen))
    fits = mlops("data", "validate", str(CONFIG), "--recent", "--json")
    assert (fits.code, fits.json["rows"]) == (0, 7043), fits.err
    assert fits.json["data"] == "s3://features/current/churn-classifier/2026-11-20.parquet"
    older = {**telco.columns, "tenure": telco.columns["tenure"] - 1}
    write_object(fits.json["data"].replace("-20", "-21"), table_bytes(Table(telco.schema, older, None)))
    broken = mlops("data", "validate", str(CONFIG), "--recent")
    assert (broken.code, "column 'tenure', row" in broken.err, "below the minimum 0" in broken.err) == (1, True, True)
    assert mlops("data", "validate", str(CONFIG), "--recent", "--data", "telco").code == 2


def status(root: Path, *more: str) -> Outcome:
    return mlops("data", "status", "--root", str(root), *more, "--json")


def test_a_dataset_that_is_too_old_is_exit_1_and_a_fresh_one_is_not(folder: Path, tmp_path: Path) -> None:
    take(Catalog(str(folder)), tmp_path, GOOD, now() - timedelta(hours=2), dataset="fresh")
    assert status(folder).code == 0
    told = status(folder, "--max-age", "3h")
    assert told.code == 1
    assert {one["name"]: one["stale"] for one in told.json["datasets"]} == {"churn": True, "fresh": False}
    assert status(folder, "fresh", "--max-age", "3h").code == 0
    assert status(folder, "fresh", "--max-age", "1h").code == 1


def test_without_data_freshness_is_exit_1_and_the_list_is_empty(tmp_path: Path) -> None:
    assert (status(tmp_path).code, status(tmp_path).json["datasets"]) == (0, [])
    assert status(tmp_path, "--max-age", "3h").code == 1
    assert status(tmp_path, "churn").code == 1
    assert status(tmp_path, "--max-age", "soon").code == 2


def test_what_an_interrupted_run_left_is_told(folder: Path) -> None:
    Catalog(str(folder)).shelf.create("datasets/churn/2024-10-07T12-00-00Z/data.parquet", b"half")
    told = status(folder)
    assert told.json["unfinished"] == ["datasets/churn/2024-10-07T12-00-00Z"]
    assert told.json["datasets"][0]["newest"] == "2024-10-05T12-00-00Z"


def test_read_writes_rows_or_features_into_a_new_file_only(folder: Path, tmp_path: Path) -> None:
    def read(to: str, *more: str) -> Outcome:
        return mlops("data", "read", "churn", "--root", str(folder), "--to", str(tmp_path / to), *more)

    assert read("a.csv").code == 0
    assert (tmp_path / "a.csv").read_text().splitlines()[2] == "43.0,gold,,No"
    assert read("f.csv", "--features").code == 0
    assert (tmp_path / "f.csv").read_text().splitlines()[0] == "age,plan=basic,plan=gold,spent"
    again = read("a.csv", "--as-of", "2024-10-02T00:00Z")
    assert (again.code, "the file exists" in again.err) == (2, True)
    assert (tmp_path / "a.csv").read_text().splitlines()[2] == "43.0,gold,,No"
    assert read("a.xlsx").code == 2
    assert read("b.csv", "--as-of", "2024-09-01T00:00Z").code == 1
    assert read("b.csv", "--as-of", "yesterday").code == 2
    assert not (tmp_path / "b.csv").exists()


def test_archive_is_a_dry_run_unless_told_otherwise(folder: Path) -> None:
    def archive(*more: str) -> Outcome:
        return mlops("data", "archive", "--root", str(folder), "--older-than", "0d", *more, "--json")

    dry = archive()
    assert (dry.code, dry.json["due"], dry.json["archived"]) == (0, ["datasets/churn/2024-10-01T12-00-00Z"], [])
    assert not (folder / "archive").exists()
    done = archive("--apply")
    assert done.json["archived"] == ["datasets/churn/2024-10-01T12-00-00Z"]
    assert not (folder / "datasets" / "churn" / "2024-10-01T12-00-00Z").exists()
    assert archive("--apply").json["due"] == []


def test_a_snapshot_that_cannot_be_archived_is_exit_1_and_stays(folder: Path) -> None:
    data = folder / "datasets" / "churn" / "2024-10-01T12-00-00Z" / "data.parquet"
    data.write_bytes(b"damaged")
    done = mlops("data", "archive", "--root", str(folder), "--older-than", "0d", "--apply")
    assert (done.code, "sha256 differs" in done.out) == (1, True)
    assert data.exists()


def test_prometheus_is_told_when_the_newest_snapshot_was_taken(tmp_path: Path) -> None:
    written = take(Catalog(str(tmp_path / "root")), tmp_path, GOOD, day(1))
    with mock.patch.object(figures, "push") as push:
        figures.push_snapshot(written.manifest)
    job, registry, grouping = push.call_args.args
    assert (job, grouping) == ("data-pipeline", {"dataset": "churn"})
    assert registry.get_sample_value("mlops_data_snapshot_timestamp_seconds") == day(1).timestamp()
    assert registry.get_sample_value("mlops_data_snapshot_rows") == 2


def test_a_pipeline_can_be_a_job_of_the_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi()
    monkeypatch.setattr(run, "Api", lambda _: api)
    api.on_create = api.ends
    done = mlops("data", "pipeline", str(CONFIG), "--on", "k8s", "--json")
    assert (done.code, done.json["complete"]) == (0, True), done.err
    made = api.made[done.json["job"]]
    template = made["spec"]["template"]
    assert made["metadata"]["labels"]["job-type"] == "data"
    assert template["metadata"]["annotations"]["file.mlops.io/pipeline.yaml"] == CONFIG.read_text()
    command = template["spec"]["containers"][0]["command"]
    assert command == ["mlops", "data", "pipeline", "/etc/mlops/job/pipeline.yaml"]
    for refused in (
        mlops("data", "pipeline", str(config(tmp_path, GOOD)), "--on", "k8s"),
        mlops("data", "pipeline", str(CONFIG), "--on", "k8s", "--root", str(tmp_path)),
    ):
        assert (refused.code, "cannot read it" in refused.err) == (2, True)
    assert len(api.made) == 1


def test_a_pipeline_with_several_workers_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text(f"{CONFIG.read_text()}\nrun: {{workers: 2}}\n")
    refused = mlops("data", "pipeline", str(path))
    assert (refused.code, "one worker" in refused.err) == (2, True)
