"""What kind of object a resource is, from its Pulumi type and its inputs. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.plugins.errors import PluginError

_VERSION = re.compile(r"v\d+((alpha|beta)\d+)?")
# Modules of the SDK that look like a group but hold components.
_COMPONENTS = ("helm.sh", "yaml", "kustomize")

# Built-in kinds without a namespace: known here so that a preview works without a cluster. Others are asked for.
_CLUSTER_SCOPED = frozenset(
    (  # noqa: SIM905  a list would take a line for each kind
        "Namespace Node PersistentVolume ComponentStatus CustomResourceDefinition APIService StorageClass CSIDriver "
        "CSINode VolumeAttachment VolumeAttributesClass ClusterRole ClusterRoleBinding PriorityClass RuntimeClass "
        "IngressClass IPAddress ServiceCIDR MutatingWebhookConfiguration ValidatingWebhookConfiguration "
        "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy "
        "MutatingAdmissionPolicyBinding ClusterTrustBundle "
        "CertificateSigningRequest FlowSchema PriorityLevelConfiguration DeviceClass ResourceSlice StorageVersion "
        "StorageVersionMigration TokenReview SubjectAccessReview SelfSubjectAccessReview SelfSubjectReview"
    ).split()
)


class UnsupportedType(PluginError):
    """The program asks for a resource this plugin does not serve."""


@dataclass(frozen=True)
class Kind:
    """`apps/v1` and `Deployment`; the core group has the empty name."""

    api_version: str
    name: str

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def built_in(self) -> bool:
        """Whether the group is one of Kubernetes' own: short, or under k8s.io."""
        return "." not in self.group or self.group.endswith(".k8s.io")

    @property
    def cluster_scoped(self) -> bool | None:
        """None if only the cluster can tell: a custom resource."""
        if self.name in _CLUSTER_SCOPED and self.built_in:
            return True
        return False if self.built_in else None

    def __str__(self) -> str:
        return f"{self.api_version} {self.name}"


def kind_of(token: str, inputs: Mapping[str, Any]) -> Kind:
    """`kubernetes:apps/v1:Deployment` → apps/v1 Deployment. `apiVersion` and `kind` of the inputs win over the type."""
    module, _, name = token.removeprefix("kubernetes:").rpartition(":")
    group, _, version = module.rpartition("/")
    if group in _COMPONENTS or not _VERSION.fullmatch(version):
        raise UnsupportedType(
            f"{token} is not served by this machine's Kubernetes plugin, which has the objects of the Kubernetes API "
            "and custom resources only. Declare the objects themselves, or install the official plugin."
        )
    api_version = str(inputs.get("apiVersion", module.removeprefix("core/")))
    kind = str(inputs.get("kind", name))
    if name == f"{kind}Patch" or (name.endswith("Patch") and "kind" not in inputs):
        raise UnsupportedType(
            f"{token}: Patch resources are not served by this machine's Kubernetes plugin. "
            f"Declare the whole {name.removesuffix('Patch')}, or change the object where it is declared."
        )
    if kind.endswith("List") and (isinstance(inputs.get("items"), list) or "kind" not in inputs):
        raise UnsupportedType(
            f"{token}: List resources are not served by this machine's Kubernetes plugin. "
            f"Declare each {kind.removesuffix('List')} as a resource of its own."
        )
    return Kind(api_version, kind)
