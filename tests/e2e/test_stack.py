"""The stack of the running platform under the engine: drift is seen and repaired, and it can be taken away."""

from __future__ import annotations

import json

import pytest

from local.cache import cache_root
from local.errors import LocalError
from local.platform.engine import Engine
from local.toolchain.build import toolchain_folder
from tests.conftest import make
from tests.support.platform import Platform

pytestmark = pytest.mark.e2e


def engine(platform: Platform) -> Engine:
    return Engine(platform.instance.folder, toolchain_folder(cache_root()))


def quota(platform: Platform) -> dict[str, str]:
    """Name and allowed pods of the training namespace's quota."""
    [found] = platform.api.items("/api/v1/namespaces/ml-training/resourcequotas")
    return {"name": found["metadata"]["name"], "pods": found["spec"]["hard"]["pods"]}


def test_a_manual_edit_is_shown_named_and_taken_back_when_told_to(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = quota(platform)
    edit = json.dumps({"spec": {"hard": {"pods": "3"}}})
    platform.kubectl("patch", "resourcequota", declared["name"], "--namespace", "ml-training", "--patch", edit)

    told: list[str] = []
    with pytest.raises(LocalError):
        engine(platform).follow("preview", "--refresh", "--diff", show=told.append)
    shown = "\n".join(told)
    assert f'~ pods: "3" => "{declared["pods"]}"' in shown
    assert 'spec.hard.pods: conflict with "kubectl-patch"' in shown
    assert quota(platform)["pods"] == "3"

    monkeypatch.setenv("PULUMI_K8S_ENABLE_PATCH_FORCE", "true")
    engine(platform).follow("up", "--yes", "--refresh", show=lambda _: None)
    assert quota(platform) == declared
    monkeypatch.undo()
    make("up")


def test_an_unknown_setting_is_refused_before_any_resource(platform: Platform) -> None:
    running = engine(platform)
    content = running.config_file.read_text()
    told: list[str] = []
    try:
        running.config_file.write_text(content.replace("mlops:tracking:\n", "mlops:tracking:\n    replcas: 3\n"))
        with pytest.raises(LocalError, match="its messages stand above"):
            running.follow("up", "--yes", "--skip-preview", show=told.append)
    finally:
        running.config_file.write_text(content)
    said = "\n".join(told)
    assert "replcas" in said
    assert "kubernetes:" not in said


@pytest.mark.last
def test_destroy_leaves_nothing_of_the_platform_in_the_cluster(platform: Platform) -> None:
    make("destroy")
    names = {item["metadata"]["name"] for item in platform.api.items("/api/v1/namespaces")}
    assert not names & set(platform.outputs["namespaces"])
    assert not platform.api.items("/api/v1/persistentvolumes")
    assert not engine(platform).holds_resources()
