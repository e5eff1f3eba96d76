"""The listener that clients use: who may ask, how often, how much, how slowly. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.serving.envoy.memory import BUFFER_BYTES
from infra.serving.envoy.places import Places, Upstream, address, router, typed
from infra.serving.envoy.replies import replies
from infra.serving.envoy.routes import CLIENT, KEY_FILTER, OURS, routes
from infra.settings.gateway import GatewaySettings

KEY_HEADER = "x-api-key"
_API_KEYS = "envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth"
_MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
HEADERS_SECONDS = 5
# Requests at a time on a connection of HTTP/2; a further one waits at the client.
STREAMS = 8


def listener(settings: GatewaySettings, upstreams: Sequence[Upstream], places: Places) -> dict[str, Any]:
    """HTTP/1.1 and HTTP/2 without TLS: TLS ends at the load balancer, where there is one."""
    manager = typed(
        _MANAGER,
        stat_prefix="gateway",
        codec_type="AUTO",
        use_remote_address=True,
        early_header_mutation_extensions=[_not_believed()],
        preserve_external_request_id=True,
        request_id_extension={
            "typed_config": typed("envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig", pack_trace_reason=False)
        },
        server_header_transformation="PASS_THROUGH",
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        common_http_protocol_options={
            "idle_timeout": "60s",
            "max_headers_count": 64,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        http2_protocol_options={
            # One client's memory is all that a connection has, however many requests it holds open.
            "max_concurrent_streams": STREAMS,
            "initial_stream_window_size": 2 * BUFFER_BYTES,
            "initial_connection_window_size": 2 * BUFFER_BYTES,
        },
        max_request_headers_kb=16,
        request_headers_timeout=f"{HEADERS_SECONDS}s",
        request_timeout=f"{settings.timeout_seconds}s",
        # Longer than a request and its answer may take together: this one only ends what nothing else does.
        stream_idle_timeout=f"{2 * settings.timeout_seconds + 5}s",
        http_filters=[_keys(places), _limits(settings), router()],
        route_config=routes(settings, upstreams),
        local_reply_config=replies(settings),
        access_log=[_log()],
    )
    return {
        "name": "http",
        "address": address("0.0.0.0", places.http),
        "per_connection_buffer_limit_bytes": BUFFER_BYTES,
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }


def _not_believed() -> dict[str, Any]:
    """Headers by which a client could set timeouts and retries, or say who it is."""
    kind = "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"
    prefixes = ("x-envoy-", OURS)
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": typed(
            kind, mutations=[{"remove_on_match": {"key_matcher": {"prefix": prefix}}} for prefix in prefixes]
        ),
    }


def keys(clients: Mapping[str, str]) -> dict[str, Any]:
    """The file that the filter of keys is read from; `clients`: name → key. No key goes further than the gateway."""
    return {
        "resources": [
            typed(
                "envoy.config.core.v3.TypedExtensionConfig",
                name=KEY_FILTER,
                typed_config=typed(
                    _API_KEYS,
                    credentials=[{"key": key, "client": client} for client, key in sorted(clients.items())],
                    key_sources=[{"header": KEY_HEADER}],
                    forwarding={"header": CLIENT, "hide_credentials": True},
                ),
            )
        ]
    }


def _keys(places: Places) -> dict[str, Any]:
    return {
        "name": KEY_FILTER,
        "config_discovery": {
            "config_source": {"path_config_source": {"path": places.keys}},
            "type_urls": [f"type.googleapis.com/{_API_KEYS}"],
        },
    }


def _limits(settings: GatewaySettings) -> dict[str, Any]:
    """A bucket of a second for everybody together, and one for each client; the least recent of 1000 is forgotten."""
    kind = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
    always = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    config = typed(
        kind,
        stat_prefix="gateway",
        token_bucket=_second(settings.requests_per_second),
        filter_enabled=always,
        filter_enforced=always,
        rate_limits=[{"actions": [{"request_headers": {"header_name": CLIENT, "descriptor_key": "client"}}]}],
        descriptors=[{"entries": [{"key": "client"}], "token_bucket": _second(settings.key_requests_per_second)}],
        max_dynamic_descriptors=1000,
        response_headers_to_add=[{"header": {"key": "retry-after", "value": "1"}}],
    )
    return {"name": "envoy.filters.http.local_ratelimit", "typed_config": config}


def _second(requests: int) -> dict[str, Any]:
    """Refilled ten times in a second, so that a client is not let in by bursts only."""
    if requests % 10:
        return {"max_tokens": requests, "tokens_per_fill": requests, "fill_interval": "1s"}
    return {"max_tokens": requests, "tokens_per_fill": requests // 10, "fill_interval": "0.1s"}


def _log() -> dict[str, Any]:
    """One line for each request that was refused, failed or slow; no key stands in it."""
    failed = {"default_value": 400, "runtime_key": "gateway.log.status"}
    slow = {"default_value": 1000, "runtime_key": "gateway.log.milliseconds"}
    return {
        "name": "envoy.access_loggers.stdout",
        "filter": {
            "or_filter": {
                "filters": [
                    {"status_code_filter": {"comparison": {"op": "GE", "value": failed}}},
                    {"duration_filter": {"comparison": {"op": "GE", "value": slow}}},
                ]
            }
        },
        "typed_config": typed(
            "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
            log_format={
                "json_format": {
                    "time": "%START_TIME%",
                    "request": "%REQ(X-REQUEST-ID)%",
                    "client": f"%REQ({CLIENT})%",
                    "method": "%REQ(:METHOD)%",
                    "path": "%PATH(NQ)%",
                    "status": "%RESPONSE_CODE%",
                    "why": "%RESPONSE_CODE_DETAILS%",
                    "colour": "%UPSTREAM_CLUSTER%",
                    "server": "%UPSTREAM_HOST%",
                    "milliseconds": "%DURATION%",
                    "bytes": "%BYTES_RECEIVED%",
                }
            },
        ),
    }
