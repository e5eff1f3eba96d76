"""Readiness of what belongs to the cluster: namespaces, volumes, API extensions, tokens."""

from __future__ import annotations

from local.plugins.kubernetes.waiting.pods import newest_warning
from local.plugins.kubernetes.waiting.state import Object, Reader, condition, is_true, told
from local.plugins.waiting import Failed, Pending, Ready, State

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def namespace(item: Object, _reader: Reader) -> State:
    phase = (item.get("status") or {}).get("phase")
    return Ready() if phase == "Active" else Pending(f"phase {phase or 'unknown'}")


def volume_claim(item: Object, reader: Reader) -> State:
    """Bound; but a claim whose class waits for its first pod is ready at once, or each would wait for the other."""
    phase = (item.get("status") or {}).get("phase")
    if phase == "Bound":
        return Ready()
    if phase == "Lost":
        return Failed(f"its volume {item['spec'].get('volumeName')} is gone")
    chosen = _storage_class(item, reader)
    if chosen and chosen.get("volumeBindingMode") == "WaitForFirstConsumer":
        return Ready()
    return Pending(newest_warning(item, reader) or f"phase {phase or 'unknown'}")


def custom_resource_definition(item: Object, _reader: Reader) -> State:
    if is_true(item, "Established") and is_true(item, "NamesAccepted"):
        return Ready()
    names = condition(item, "NamesAccepted")
    if names.get("status") == "False":
        return Failed(told(names))
    return Pending(told(condition(item, "Established")) or "not established yet")


def api_service(item: Object, _reader: Reader) -> State:
    return Ready() if is_true(item, "Available") else Pending(told(condition(item, "Available")) or "not available yet")


def secret(item: Object, _reader: Reader) -> State:
    """A service account's token is written by a controller; other Secrets are complete at once."""
    if item.get("type") != "kubernetes.io/service-account-token" or "token" in (item.get("data") or {}):
        return Ready()
    return Pending("its token has not been issued; does the service account exist?")


def _storage_class(claim: Object, reader: Reader) -> Object | None:
    name = claim["spec"].get("storageClassName")
    if name:
        return reader.find(f"/apis/storage.k8s.io/v1/storageclasses/{name}")
    classes = reader.items("/apis/storage.k8s.io/v1/storageclasses")
    return next(
        (item for item in classes if (item["metadata"].get("annotations") or {}).get(_DEFAULT_CLASS) == "true"), None
    )
