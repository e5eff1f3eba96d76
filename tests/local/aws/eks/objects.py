"""Objects as a stack would make them."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]
RESTRICTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def namespace(name: str) -> Object:
    """A namespace that admits only what Pod Security calls restricted."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def container(**more: Any) -> Object:
    """A restricted container of an image that does not exist."""
    asked = {"cpu": "100m", "memory": "64Mi"}
    return {
        "name": "main",
        "image": "nowhere.invalid/nothing:0",
        "securityContext": RESTRICTED,
        "resources": {"requests": asked, "limits": asked},
        **more,
    }


def thing(kind: str, api: str, name: str, space: str, spec: Object) -> Object:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": space}, "spec": spec}


def pods(name: str, spec: Object) -> Object:
    """What Deployments and StatefulSets say about their pods."""
    labels = {"app": name}
    return {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}


def deployment(name: str, space: str, *, replicas: int = 1, **more: Any) -> Object:
    spec = {"replicas": replicas, **pods(name, {"containers": [container()], **more})}
    return thing("Deployment", "apps/v1", name, space, spec)
