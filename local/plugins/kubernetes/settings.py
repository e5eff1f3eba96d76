"""The provider's settings, as the official SDK sends them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.plugins.errors import InvalidSetting
from local.plugins.values import UNKNOWN

# Accepted because they change nothing here: rate limits and quieter warnings of the official client.
_WITHOUT_EFFECT = frozenset(
    (  # noqa: SIM905  a list would take a line for each name
        "kubeClientSettings helmReleaseSettings suppressDeprecationWarnings suppressHelmHookWarnings "
        "suppressHelmReleaseBetaWarning enableReplaceCRD alwaysRender version"
    ).split()
)
_KNOWN = frozenset(
    (  # noqa: SIM905  a list would take a line for each name
        "kubeconfig context cluster namespace deleteUnreachable skipUpdateUnreachable enableConfigMapMutable "
        "enableSecretMutable enableServerSideApply enablePatchForce renderYamlToDirectory clusterIdentifier"
    ).split()
)


@dataclass(frozen=True)
class Settings:
    """`kubeconfig` is a path or the content; None means the usual places. `known` is false while it is computed."""

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    namespace: str | None = None
    cluster_identifier: str | None = None
    delete_unreachable: bool = False
    force: bool = False
    mutable: frozenset[str] = frozenset()
    known: bool = True


def parse_settings(given: Mapping[str, Any]) -> Settings:
    """Values may be JSON text, which is how the SDK sends booleans and objects."""
    for name in sorted(given.keys() - _KNOWN - _WITHOUT_EFFECT):
        raise InvalidSetting(name, f"{name} is not a setting of the Kubernetes provider; allowed: {sorted(_KNOWN)}")
    if _flag(given, "enableServerSideApply", default=True) is False:
        raise InvalidSetting("enableServerSideApply", "only server-side apply is served here; remove the setting")
    if given.get("renderYamlToDirectory"):
        raise InvalidSetting(
            "renderYamlToDirectory", "rendering is not served here; install the official pulumi-resource-kubernetes"
        )
    mutable = {"ConfigMap": "enableConfigMapMutable", "Secret": "enableSecretMutable"}
    kubeconfig = given.get("kubeconfig")
    if isinstance(kubeconfig, dict):
        kubeconfig = json.dumps(kubeconfig)
    return Settings(
        kubeconfig=None if kubeconfig is UNKNOWN else kubeconfig or None,
        context=_word(given, "context"),
        cluster=_word(given, "cluster"),
        namespace=_word(given, "namespace"),
        cluster_identifier=_word(given, "clusterIdentifier"),
        delete_unreachable=_flag(given, "deleteUnreachable"),
        force=_flag(given, "enablePatchForce"),
        mutable=frozenset(kind for kind, name in mutable.items() if _flag(given, name)),
        known=all(value is not UNKNOWN for value in given.values()),
    )


def _word(given: Mapping[str, Any], name: str) -> str | None:
    value = given.get(name)
    return None if value in (None, "") or value is UNKNOWN else str(value)


def _flag(given: Mapping[str, Any], name: str, default: bool = False) -> bool:
    value = given.get(name, default)
    if value is UNKNOWN:
        return default
    if str(value).lower() not in ("true", "false"):
        raise InvalidSetting(name, f"{name} is {value!r}; true and false are allowed")
    return str(value).lower() == "true"
