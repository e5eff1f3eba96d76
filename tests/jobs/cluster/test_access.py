"""Which cluster is meant."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.cluster.access import Access
from jobs.errors import ConfigError
from tests.jobs.support import CONFIG, mlops


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance with a cluster, beside a $KUBECONFIG of the user."""
    folder = tmp_path / "instances" / "local"
    folder.mkdir(parents=True)
    (folder / "kubeconfig").write_text("")
    (folder / "outputs.json").write_text(json.dumps({"trackingUri": "http://t:1", "clusterContext": "mine"}))
    monkeypatch.setenv("MLOPS_CACHE", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", "/the/users")
    return folder


def test_jobs_run_where_mlflow_is(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(instance / "kubeconfig")
    assert Access.choose(None, None) == Access(own, "mine")
    assert Access.choose(None, "other") == Access(own, "other")
    assert Access.choose(Path("/given"), None) == Access("/given", None)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://t:1")
    assert Access.choose(None, None) == Access(own, "mine")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    assert Access.choose(None, None) == Access("/the/users", None)
    monkeypatch.delenv("KUBECONFIG")
    assert Access.choose(None, None) == Access(None, None)


def test_an_instance_on_another_cluster_has_a_context_and_no_kubeconfig(instance: Path) -> None:
    (instance / "kubeconfig").unlink()
    assert Access.choose(None, None) == Access("/the/users", "mine")


@pytest.mark.usefixtures("instance")
def test_an_instance_that_is_named_and_has_no_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLOPS_INSTANCE", "typo")
    with pytest.raises(ConfigError, match="MLOPS_INSTANCE=typo"):
        Access.choose(None, None)


def test_a_cluster_that_is_not_known_is_told_with_what_was_tried(tmp_path: Path) -> None:
    said = mlops("train", "run", str(CONFIG), "--on", "k8s", "--kubeconfig", str(tmp_path / "none"), "--context", "c")
    assert said.code == 2
    assert f"kubeconfig {tmp_path / 'none'}, context c" in said.err
