"""What `make down`, `destroy` and `status` do where the settings name the user's own cluster."""

import io
import json
from pathlib import Path

import pytest
import yaml

from local.cluster.instance import Instance
from local.cluster.registry import open_instance
from local.errors import LocalError
from local.platform import up
from local.platform.down import destroy, down
from local.platform.stack_config import read_committed
from local.platform.status import status
from local.progress import Progress

CLOSED = "https://127.0.0.1:1"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """An instance whose stack went to the user's own cluster, which does not answer now."""
    made = open_instance(tmp_path, "x")
    kubeconfig = tmp_path / "theirs"
    kubeconfig.write_text(yaml.safe_dump({
        "clusters": [{"name": "c", "cluster": {"server": CLOSED}}], "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "eks", "context": {"cluster": "c", "user": "u"}}], "current-context": "eks",
    }))  # fmt: skip
    cluster = {"kubeconfig": str(kubeconfig), "context": "eks", "nodeAddress": "192.0.2.1"}
    (made.folder / "Pulumi.local.yaml").write_text(yaml.safe_dump({"config": {"mlops:cluster": cluster}}))
    state = made.folder / "pulumi/.pulumi/stacks/mlops/local.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"checkpoint": {"latest": {"resources": [{}]}}}))
    return made


def test_down_leaves_the_workloads_and_tells_how_to_remove_them(tmp_path: Path, instance: Instance) -> None:
    told = io.StringIO()
    down(tmp_path, "x", Progress(told))
    said = told.getvalue()
    assert "was not started here and is left alone" in said
    assert "make destroy INSTANCE=x" in said
    assert instance.folder.exists()


@pytest.mark.usefixtures("instance")
def test_an_instance_with_workloads_that_cannot_be_removed_is_not_forgotten(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="the instance's data is kept"):
        down(tmp_path, "x", Progress(), forget=True)
    with pytest.raises(LocalError, match="the instance's data is kept"):
        destroy(tmp_path, "x", Progress())
    open_instance(tmp_path, "other")
    with pytest.raises(LocalError, match="make down FORGET=1 INSTANCE=x"):
        down(tmp_path, "other", Progress(), purge=True)


def test_an_instance_whose_stack_holds_nothing_is_forgotten(tmp_path: Path, instance: Instance) -> None:
    (instance.folder / "pulumi/.pulumi/stacks/mlops/local.json").unlink()
    down(tmp_path, "x", Progress(), forget=True)
    assert not instance.folder.exists()


@pytest.mark.usefixtures("instance")
def test_status_looks_at_the_user_s_cluster(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(tmp_path, "x") == 1
    said = capsys.readouterr().out
    assert f"kubernetes {CLOSED}   does not answer" in said
    assert "not started here" in said


def test_settings_that_the_stack_would_refuse_are_refused_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = read_committed()
    wrong["config"]["mlops:servign"] = {}
    monkeypatch.setattr(up, "read_committed", lambda: wrong)
    with pytest.raises(LocalError, match="servign"):
        up.up(tmp_path, "x", Progress())
    assert not list(tmp_path.iterdir())


def test_no_node_is_started_beside_a_cluster_that_the_settings_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"config": {"mlops:cluster": {"kubeconfig": "/theirs"}}}
    monkeypatch.setattr(up, "read_committed", lambda: named)
    told = io.StringIO()
    up.bring_up_cluster(tmp_path, "x", Progress(told))
    assert "none is started" in told.getvalue()
    assert not list(tmp_path.iterdir())
