from pathlib import Path

import pytest
import yaml

from local.cluster.instance import Instance
from local.errors import LocalError
from local.platform.target import ROOT, Target, client_kubeconfig, names_a_cluster, target_of

INSTANCE = Instance("x", 3, Path("/cache/instances/x"))
THEIRS = {"kubeconfig": "/home/me/config", "context": "eks", "nodeAddress": "192.0.2.1"}


def stack_file(**cluster: str) -> dict[str, dict[str, dict[str, str]]]:
    return {"config": {"mlops:cluster": cluster} if cluster else {}}


def test_without_a_setting_the_cluster_is_the_instance_s_own() -> None:
    assert not names_a_cluster(stack_file())
    assert target_of(stack_file(), INSTANCE) == Target(INSTANCE.kubeconfig, "mlops", "10.213.3.2", ours=True)


def test_the_instance_s_own_stack_file_gives_the_same_target() -> None:
    target = target_of(stack_file(), INSTANCE)
    assert target_of(stack_file(**target.settings()), INSTANCE) == target


def test_a_setting_names_the_user_s_cluster() -> None:
    assert names_a_cluster(stack_file(**THEIRS))
    target = target_of(stack_file(**THEIRS), INSTANCE)
    assert target == Target(Path("/home/me/config"), "eks", "192.0.2.1", ours=False)
    assert target.settings() == THEIRS


def test_a_relative_kubeconfig_belongs_to_the_checkout() -> None:
    assert target_of(stack_file(**THEIRS | {"kubeconfig": "mine"}), INSTANCE).kubeconfig == ROOT / "mine"


def test_a_cluster_without_context_and_address_is_refused() -> None:
    with pytest.raises(LocalError, match="must say context and nodeAddress too"):
        target_of(stack_file(kubeconfig="/home/me/config"), INSTANCE)


def test_a_kubeconfig_that_is_not_there_is_a_message() -> None:
    with pytest.raises(LocalError, match="context 'eks' of /home/me/config"):
        target_of(stack_file(**THEIRS), INSTANCE).connect()


def test_programs_get_a_kubeconfig_that_points_at_the_named_context(tmp_path: Path) -> None:
    theirs = {
        "current-context": "elsewhere",
        "clusters": [{"name": "eks", "cluster": {"server": "https://192.0.2.1", "certificate-authority": "ca.crt"}}],
        "users": [{"name": "me", "user": {"client-key": "/keys/me.key"}}],
        "contexts": [{"name": "eks", "context": {"cluster": "eks", "user": "me"}}],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(theirs))
    instance = Instance("x", 3, tmp_path)
    target = target_of(stack_file(**THEIRS | {"kubeconfig": str(tmp_path / "config")}), instance)
    handed = client_kubeconfig(target, instance)
    content = yaml.safe_load(handed.read_text())
    assert content["current-context"] == "eks"
    assert content["clusters"][0]["cluster"]["certificate-authority"] == str(tmp_path / "ca.crt")
    assert content["users"][0]["user"]["client-key"] == "/keys/me.key"
    assert handed.stat().st_mode & 0o777 == 0o600
