"""Claims about the namespaces."""

from __future__ import annotations

from tests.support.recording import Recording


def test_the_quota_of_a_namespace_is_that_of_the_settings(local: Recording) -> None:
    assert local.one("ResourceQuota", "ml-training-quota").spec["hard"] == {
        "requests.cpu": "2400m",
        "requests.memory": "10Gi",
        "limits.cpu": "16",
        "limits.memory": "28Gi",
        "requests.storage": "20Gi",
        "pods": "30",
    }


def test_every_namespace_lets_its_pods_ask_for_names_and_nothing_else(local: Recording) -> None:
    for name in ("ml-platform", "ml-serving", "ml-training", "ml-monitoring"):
        policy = local.one("NetworkPolicy", f"{name}-allow-dns")
        assert policy.namespace == name
        assert policy.spec == {
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [
                {
                    "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
                    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
                }
            ],
        }


def test_a_container_that_says_nothing_gets_small_bounds(local: Recording) -> None:
    assert local.one("LimitRange", "ml-serving-defaults").spec["limits"] == [
        {
            "type": "Container",
            "defaultRequest": {"cpu": "10m", "memory": "64Mi"},
            "default": {"cpu": "500m", "memory": "256Mi"},
        }
    ]


def test_nothing_in_a_namespace_is_made_before_the_namespace(local: Recording) -> None:
    by_name = {resource.object_name: resource for resource in local.of_kind("Namespace") if resource.object_name}
    for resource in local.resources:
        if resource.namespace:
            assert local.waits_for(resource, by_name[resource.namespace]), resource.name
