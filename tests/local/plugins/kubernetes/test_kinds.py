import pytest

from local.plugins.kubernetes.kinds import Kind, UnsupportedType, kind_of


@pytest.mark.parametrize(
    ("token", "api_version", "kind"),
    [
        ("kubernetes:core/v1:Service", "v1", "Service"),
        ("kubernetes:apps/v1:Deployment", "apps/v1", "Deployment"),
        ("kubernetes:rbac.authorization.k8s.io/v1:RoleBinding", "rbac.authorization.k8s.io/v1", "RoleBinding"),
        ("kubernetes:monitoring.coreos.com/v1:PrometheusRule", "monitoring.coreos.com/v1", "PrometheusRule"),
    ],
)
def test_a_token_of_the_sdk_names_version_and_kind(token: str, api_version: str, kind: str) -> None:
    assert kind_of(token, {}) == Kind(api_version, kind)


def test_a_patch_resource_is_refused_with_what_to_declare_instead() -> None:
    with pytest.raises(UnsupportedType, match="Declare the whole Deployment"):
        kind_of("kubernetes:apps/v1:DeploymentPatch", {"apiVersion": "apps/v1", "kind": "Deployment"})


def test_a_list_resource_is_refused_with_what_to_declare_instead() -> None:
    with pytest.raises(UnsupportedType, match="Declare each ConfigMap"):
        kind_of("kubernetes:core/v1:ConfigMapList", {"apiVersion": "v1", "kind": "ConfigMapList", "items": []})


@pytest.mark.parametrize(
    "token", ["kubernetes:helm.sh/v3:Release", "kubernetes:yaml/v2:ConfigFile", "kubernetes:kustomize:Directory"]
)
def test_what_is_not_an_object_of_the_api_is_refused(token: str) -> None:
    with pytest.raises(UnsupportedType, match="not served"):
        kind_of(token, {})


def test_only_the_cluster_knows_the_scope_of_a_custom_kind() -> None:
    assert Kind("example.com/v1", "Namespace").cluster_scoped is None
    assert Kind("v1", "Namespace").cluster_scoped is True
    assert Kind("v1", "Pod").cluster_scoped is False
