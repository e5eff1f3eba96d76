"""Readiness of what routes traffic."""

from __future__ import annotations

from local.plugins.kubernetes.waiting.state import Object, Reader
from local.plugins.waiting import Pending, Ready, State


def service(item: Object, reader: Reader) -> State:
    """An address behind it, unless it has none of its own to wait for (ExternalName, headless, no selector)."""
    spec = item["spec"]
    if spec.get("type") == "ExternalName" or not spec.get("selector") or spec.get("clusterIP") == "None":
        return Ready()
    if spec.get("type") == "LoadBalancer" and not _addresses(item):
        return Pending("no load balancer has given it an address yet")
    metadata = item["metadata"]
    path = f"/apis/discovery.k8s.io/v1/namespaces/{metadata['namespace']}/endpointslices"
    slices = reader.items(path, labels=f"kubernetes.io/service-name={metadata['name']}")
    if any(_serves(endpoint) for part in slices for endpoint in part.get("endpoints") or []):
        return Ready()
    wanted = ", ".join(f"{key}={value}" for key, value in spec["selector"].items())
    return Pending(f"no ready pod matches its selector {wanted}; if its pods come later, set pulumi.com/skipAwait")


def ingress(item: Object, _reader: Reader) -> State:
    if _addresses(item):
        return Ready()
    chosen = item["spec"].get("ingressClassName") or "default"
    return Pending(f"no ingress controller has given it an address; is one running for the class {chosen!r}?")


def _addresses(item: Object) -> bool:
    return bool(((item.get("status") or {}).get("loadBalancer") or {}).get("ingress"))


def _serves(endpoint: Object) -> bool:
    """An endpoint without the condition counts as ready, says the API."""
    return bool((endpoint.get("conditions") or {}).get("ready", True)) and bool(endpoint.get("addresses"))
