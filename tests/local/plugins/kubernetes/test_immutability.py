from typing import Any

import pytest

from local.plugins.kubernetes.diff import plan
from local.plugins.kubernetes.kinds import Kind
from local.plugins.paths import text

APPS, CORE = "apps/v1", "v1"


def replaced(kind: Kind, old: dict[str, Any], new: dict[str, Any], **options: Any) -> set[str]:
    return {text(path) for path in plan(kind, old, new, {}, imported=False, **options).replacements}


SERVICE, CLAIM = Kind(CORE, "Service"), Kind(CORE, "PersistentVolumeClaim")
DEPLOYMENT, STATEFUL_SET = Kind(APPS, "Deployment"), Kind(APPS, "StatefulSet")
CONFIG_MAP, SECRET = Kind(CORE, "ConfigMap"), Kind(CORE, "Secret")


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (DEPLOYMENT, "spec.selector.matchLabels.app"),
        (STATEFUL_SET, "spec.serviceName"),
        (STATEFUL_SET, "spec.volumeClaimTemplates"),
        (Kind("batch/v1", "Job"), "spec.template.spec"),
        (SERVICE, "spec.clusterIP"),
        (CLAIM, "spec.storageClassName"),
        (Kind("rbac.authorization.k8s.io/v1", "RoleBinding"), "roleRef.name"),
        (Kind("storage.k8s.io/v1", "StorageClass"), "provisioner"),
        (CONFIG_MAP, "data.key"),
        (SECRET, "stringData.key"),
        (SECRET, "type"),
        (CONFIG_MAP, "metadata.name"),
        (Kind("example.com/v1", "Thing"), "metadata.namespace"),
    ],
)
def test_what_kubernetes_refuses_in_place_is_replaced(kind: Kind, field: str) -> None:
    assert replaced(kind, holding(field, "a"), holding(field, "b")) == {field}


def holding(field: str, value: str) -> dict[str, Any]:
    """An object with just this field."""
    result: Any = value
    for step in reversed(field.split(".")):
        result = {step: result}
    return dict(result)


def test_taking_away_the_map_that_holds_such_a_field_replaces_too() -> None:
    assert replaced(SERVICE, {"spec": {"clusterIP": "None"}}, {}) == {"spec"}
    assert replaced(CONFIG_MAP, {}, {"data": {"key": "a"}}) == {"data"}


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
