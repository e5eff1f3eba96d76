from typing import Any

import pytest

from local.plugins.kubernetes.diff import plan
from local.plugins.kubernetes.kinds import Kind
from local.plugins.kubernetes.paths import text

APPS, CORE = "apps/v1", "v1"


def replaced(kind: Kind, old: dict[str, Any], new: dict[str, Any], **options: Any) -> set[str]:
    return {text(path) for path in plan(kind, old, new, {}, imported=False, **options).replacements}


@pytest.mark.parametrize(
    ("kind", "old", "new", "because"),
    [
        (Kind(APPS, "Deployment"), {"spec": {"selector": {"matchLabels": {"a": "1"}}}}, {"spec": {"selector": {"matchLabels": {"a": "2"}}}}, "spec.selector.matchLabels.a"),
        (Kind(APPS, "StatefulSet"), {"spec": {"serviceName": "a"}}, {"spec": {"serviceName": "b"}}, "spec.serviceName"),
        (Kind(APPS, "StatefulSet"), {"spec": {}}, {"spec": {"volumeClaimTemplates": [{"a": 1}]}}, "spec.volumeClaimTemplates"),
        (Kind("batch/v1", "Job"), {"spec": {"template": {"a": 1}}}, {"spec": {"template": {"a": 2}}}, "spec.template.a"),
        (Kind(CORE, "Service"), {"spec": {"clusterIP": "None"}}, {"spec": {}}, "spec.clusterIP"),
        (Kind(CORE, "PersistentVolumeClaim"), {"spec": {"storageClassName": "a"}}, {"spec": {"storageClassName": "b"}}, "spec.storageClassName"),
        (Kind("rbac.authorization.k8s.io/v1", "RoleBinding"), {"roleRef": {"name": "a"}}, {"roleRef": {"name": "b"}}, "roleRef.name"),
        (Kind("storage.k8s.io/v1", "StorageClass"), {"provisioner": "a"}, {"provisioner": "b"}, "provisioner"),
        (Kind(CORE, "ConfigMap"), {"data": {"k": "a"}}, {"data": {"k": "b"}}, "data.k"),
        (Kind(CORE, "Secret"), {"stringData": {"k": "a"}}, {"stringData": {"k": "b"}}, "stringData.k"),
        (Kind(CORE, "ConfigMap"), {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, "metadata.name"),
        (Kind("example.com/v1", "Thing"), {"metadata": {"namespace": "a"}}, {"metadata": {"namespace": "b"}}, "metadata.namespace"),
    ],
)  # fmt: skip
def test_what_kubernetes_refuses_in_place_is_replaced(
    kind: Kind, old: dict[str, Any], new: dict[str, Any], because: str
) -> None:
    assert replaced(kind, old, new) == {because}


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (Kind(APPS, "Deployment"), {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}),
        (Kind(APPS, "StatefulSet"), {"spec": {"template": {"a": 1}}}, {"spec": {"template": {"a": 2}}}),
        (Kind("batch/v1", "Job"), {"spec": {"parallelism": 1}}, {"spec": {"parallelism": 2}}),
        (Kind(CORE, "Service"), {"spec": {"ports": [{"port": 1}]}}, {"spec": {"ports": [{"port": 2}]}}),
        (Kind(CORE, "ConfigMap"), {"metadata": {"labels": {"a": "1"}}}, {"metadata": {"labels": {"a": "2"}}}),
        (Kind(CORE, "Pod"), {"spec": {"containers": [{"image": "a"}]}}, {"spec": {"containers": [{"image": "b"}]}}),
    ],
)
def test_what_kubernetes_changes_in_place_is_updated(kind: Kind, old: dict[str, Any], new: dict[str, Any]) -> None:
    assert replaced(kind, old, new) == set()
    assert plan(kind, old, new, {}, imported=False).changes


def claim(size: str) -> dict[str, Any]:
    return {"spec": {"resources": {"requests": {"storage": size}}}}


def test_a_volume_grows_in_place_and_is_replaced_to_shrink() -> None:
    kind = Kind(CORE, "PersistentVolumeClaim")
    assert replaced(kind, claim("900Mi"), claim("1Gi")) == set()
    assert replaced(kind, claim("1Gi"), claim("900Mi")) == {"spec.resources.requests.storage"}


def test_a_mutable_config_map_is_updated_unless_it_is_sealed() -> None:
    kind, mutable = Kind(CORE, "ConfigMap"), frozenset({"ConfigMap"})
    assert replaced(kind, {"data": {"k": "a"}}, {"data": {"k": "b"}}, mutable=mutable) == set()
    sealed = {"immutable": True, "data": {"k": "a"}}
    assert replaced(kind, sealed, {**sealed, "data": {"k": "b"}}, mutable=mutable) == {"data.k"}
