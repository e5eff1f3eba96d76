"""Which paths there are and where they lead. Pure."""

from collections.abc import Sequence
from typing import Any

from infra.serving.envoy.places import Upstream, typed
from infra.serving.traffic import MIRROR, SPLIT, STABLE
from infra.settings.gateway import GatewaySettings

# Headers that the gateway sets and nobody else may.
OURS = "x-mlops-"
CLIENT = f"{OURS}client"
TRACK = f"{OURS}track"
SHADOW = f"{OURS}shadow"
KEY_FILTER = "envoy.filters.http.api_key_auth"


def routes(settings: GatewaySettings, upstreams: Sequence[Upstream]) -> dict[str, Any]:
    """Predictions and what describes them want a key; whether the service is alive and ready is told to everybody.

    All else does not exist here: metrics are asked of each pod, and SageMaker's paths belong to SageMaker. A body that
    says it is too large gets no further; one that does not say is the model server's to refuse.
    """
    to_colours = _to_colours(settings, upstreams)
    predict = {
        **to_colours,
        "retry_policy": _retries(),
        "request_mirror_policies": [_mirror(upstream.colour) for upstream in upstreams],
    }
    return {
        "name": "gateway",
        "virtual_hosts": [
            {
                "name": "gateway",
                "domains": ["*"],
                "routes": [
                    {"match": _larger(settings.max_body_bytes), "direct_response": {"status": 413}},
                    {"match": {"path": "/predict"}, "route": predict},
                    *({"match": {"path": path}, "route": to_colours} for path in ("/version", "/openapi.json")),
                    *({"match": {"path": path}, "route": to_colours, **_open()} for path in ("/ready", "/health")),
                ],
            }
        ],
    }


def _larger(most: int) -> dict[str, Any]:
    length = {"name": "content-length", "range_match": {"start": most + 1, "end": 2**63 - 1}}
    return {"path": "/predict", "headers": [length]}


def _to_colours(settings: GatewaySettings, upstreams: Sequence[Upstream]) -> dict[str, Any]:
    return {
        "timeout": f"{settings.timeout_seconds}s",
        "weighted_clusters": {
            # The files of the runtime layer; these weights hold only until it is read.
            "runtime_key_prefix": SPLIT,
            "clusters": [
                {
                    "name": upstream.colour,
                    "weight": 100 if upstream.colour == STABLE else 0,
                    "response_headers_to_add": [_header(TRACK, upstream.colour)],
                }
                for upstream in upstreams
            ],
        },
    }


def _mirror(colour: str) -> dict[str, Any]:
    """A copy of some requests; its answers are thrown away, and the servers are told that they are."""
    return {
        "cluster": colour,
        "runtime_fraction": {
            "runtime_key": f"{MIRROR}.{colour}",
            "default_value": {"numerator": 0, "denominator": "HUNDRED"},
        },
        "disable_shadow_host_suffix_append": True,
        "request_headers_mutations": [{"append": _header(SHADOW, "true")}],
    }


def _retries() -> dict[str, Any]:
    """Only what got no answer is asked again, of another server: a prediction changes nothing."""
    return {
        "retry_on": "connect-failure,refused-stream,reset",
        "num_retries": 2,
        "retry_back_off": {"base_interval": "0.010s", "max_interval": "0.100s"},
        "retry_host_predicate": [
            {
                "name": "envoy.retry_host_predicates.previous_hosts",
                "typed_config": typed("envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"),
            }
        ],
        "host_selection_retry_max_attempts": 3,
    }


def _open() -> dict[str, Any]:
    """No key is asked for."""
    return {
        "typed_per_filter_config": {
            KEY_FILTER: typed("envoy.config.route.v3.FilterConfig", config={}, disabled=True),
        }
    }


def _header(name: str, value: str) -> dict[str, Any]:
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
