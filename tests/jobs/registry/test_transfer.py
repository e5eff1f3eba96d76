from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from jobs.datasets.table import Table
from jobs.registry.export import files_at
from jobs.registry.live import live_models
from jobs.registry.versions import Registry
from tests.jobs.registry.test_promotion import told
from tests.jobs.registry.test_registry import FORCED, MODEL
from tests.jobs.support import example, mlops
from tests.support.store import Server


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder of the commands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def names(registry: str) -> Iterator[None]:
    """Models that a test brings in are removed afterwards."""
    before = set(live_models())
    yield
    for name in set(live_models()) - before:
        MlflowClient(registry).delete_registered_model(name)
    assert mlops("audit", "adopt", "--reason", "a test removed its models").code == 0


def contents(name: str) -> list[list[tuple[str, bytes]]]:
    registry = Registry()
    versions = sorted(registry.versions(name), key=lambda one: int(one.version))
    return [files_at(registry.location(one)) for one in versions]


def rewrite(folder: Path, change: Any) -> None:
    data = json.loads((folder / "manifest.json").read_text())
    change(data)
    (folder / "manifest.json").write_text(json.dumps(data))


@pytest.mark.usefixtures("names", "here")
def test_an_export_is_brought_in_byte_by_byte_with_aliases_tags_notes_and_runs(telco: Table) -> None:
    assert mlops("models", "note", MODEL, "2", "the simple one").code == 0
    Registry().describe_model(MODEL, "who leaves", {"team": "retention"})
    assert example("models export").code == 0
    done = example("models import")
    assert done.code == 0, done.err
    assert contents("churn-copy") == contents(MODEL)
    mine, theirs = Registry().versions(MODEL), Registry().versions("churn-copy")
    assert [one.bundle for one in theirs] == [one.bundle for one in mine]
    champion = Registry().find("churn-copy", "@champion")
    assert champion.version == "1"
    assert Registry().find("churn-copy", "2").note == "the simple one"
    assert (Registry().model("churn-copy").description, Registry().model("churn-copy").tags) == (
        "who leaves",
        {"team": "retention"},
    )
    run = MlflowClient().get_run(str(champion.run_id))
    assert run.data.metrics == MlflowClient().get_run(str(Registry().find(MODEL, "1").run_id)).data.metrics
    frame = mlflow.pyfunc.load_model("models:/churn-copy@champion").predict(_frame(telco))
    assert frame["probability"].tolist() == pytest.approx(
        [one.probability for one in Registry().verify(champion).predict_records(telco.records(range(5)))], abs=1e-6
    )
    assert told() == []


def _frame(telco: Table) -> Any:
    import pandas as pd

    rows = pd.DataFrame(telco.records(range(5)))
    whole = telco.whole_numbers()
    for name in telco.schema.names("numeric"):
        rows[name] = rows[name].astype("int64" if name in whole else "float64")
    return rows


@pytest.mark.usefixtures("names", "here")
def test_what_was_brought_in_can_be_compared_and_promoted_like_any_other_and_a_second_import_makes_nothing() -> None:
    assert example("models export").code == 0
    assert example("models import").code == 0
    refused = mlops("models", "promote", "churn-copy", "--version", "2", "--json")
    assert (refused.code, refused.json["decision"]["verdict"]) == (1, "refused"), refused.out
    assert mlops("models", "promote", "churn-copy", "--version", "2", *FORCED).code == 0
    before = mlops("models", "list", "churn-copy", "--json").json
    again = mlops("models", "import", "registry-export", "--rename", f"{MODEL}=churn-copy", "--json")
    assert again.json["models"][0]["made"] == []
    assert again.json["models"][0]["left"] == ["champion"]
    assert mlops("models", "list", "churn-copy", "--json").json == before


@pytest.mark.usefixtures("names")
def test_through_the_store_it_is_the_same(store: Server) -> None:
    made = mlops("models", "export", "s3://backups/e", MODEL, "--json")
    assert made.code == 0, made.out + made.err
    keys = [one["Key"] for one in store.client().list_objects_v2(Bucket="backups")["Contents"]]
    assert "e/manifest.json" in keys
    done = mlops("models", "import", "s3://backups/e", "--rename", f"{MODEL}=stored", "--sha256", made.json["sha256"])
    assert done.code == 0, done.err
    assert contents("stored") == contents(MODEL)


@pytest.mark.usefixtures("names")
def test_an_export_that_was_changed_is_refused_before_anything_is_made(here: Path) -> None:
    assert example("models export").code == 0
    folder = here / "registry-export"
    sha256 = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    victim = next(path for path in sorted((folder / "files").iterdir()) if path.stat().st_size > 100)
    content = victim.read_bytes()
    victim.write_bytes(content + b" ")
    said = example("models import")
    assert (said.code, "a file of the export was changed" in said.err) == (1, True)
    victim.unlink()
    assert "a file of the export is missing" in example("models import").err
    victim.write_bytes(content)
    rewrite(folder, lambda data: data["models"][0]["versions"][0]["files"][0].update(path="../../outside"))
    assert "a path stays below its folder" in example("models import").err
    said = mlops("models", "import", "registry-export", "--sha256", sha256)
    assert (said.code, "its manifest was changed" in said.err) == (1, True)
    (folder / "manifest.json").unlink()
    assert "no finished export" in example("models import").err
    assert "churn-copy" not in live_models()


@pytest.mark.usefixtures("names")
def test_an_interrupted_export_goes_on_and_a_finished_one_is_not_written_over(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Registry, "model", interrupted)
        patch.setattr("jobs.registry.export._run", interrupted)
        assert example("models export").code == 130
    assert not (here / "registry-export" / "manifest.json").exists()
    assert example("models export").code == 0
    content = (here / "registry-export" / "manifest.json").read_bytes()
    again = example("models export")
    assert (again.code, "there is an export already" in again.err) == (1, True)
    assert (here / "registry-export" / "manifest.json").read_bytes() == content


@pytest.mark.usefixtures("names", "here")
def test_an_interrupted_import_leaves_no_half_version_and_the_next_one_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert example("models export").code == 0
    with monkeypatch.context() as patch:
        patch.setattr("jobs.registry.upload.files_at", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert example("models import").code == 130
    assert "churn-copy" not in live_models()
    assert example("models import").code == 0
    assert contents("churn-copy") == contents(MODEL)


@pytest.mark.usefixtures("names", "here")
def test_wrong_names_are_refused_with_what_exists() -> None:
    assert MODEL in mlops("models", "export", "elsewhere", "nothing").err
    assert not Path("elsewhere").exists()
    assert example("models export").code == 0
    assert MODEL in mlops("models", "import", "registry-export", "--rename", "nothing=x").err
    assert mlops("models", "import", "registry-export", "--rename", "nothing").code == 2
