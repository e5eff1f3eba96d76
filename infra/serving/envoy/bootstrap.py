"""The whole configuration that Envoy starts with. Pure."""

from collections.abc import Sequence
from typing import Any

from infra.foundation.quantities import millicores
from infra.serving.envoy.inspection import inspection
from infra.serving.envoy.listener import listener
from infra.serving.envoy.memory import clients, heap
from infra.serving.envoy.places import Places, Upstream, address, typed
from infra.serving.envoy.upstreams import admin, colour
from infra.settings.gateway import GatewaySettings

# Milliseconds. The ends of a bucket are exact in Prometheus' quantiles.
BUCKETS = (0.5, 1, 2.5, 5, 10, 25, 50, 100, 200, 500, 1000, 2500, 5000, 10_000)


def bootstrap(settings: GatewaySettings, upstreams: Sequence[Upstream], places: Places | None = None) -> dict[str, Any]:
    """Two listeners, a cluster for each colour, the traffic as a layer of the runtime, and a bound on memory."""
    where = places or Places()
    return {
        "node": {"id": "gateway", "cluster": "gateway"},
        "admin": {"address": address("127.0.0.1", where.admin), "ignore_global_conn_limit": True},
        "layered_runtime": {"layers": [{"name": "traffic", "disk_layer": _traffic(where)}]},
        "static_resources": {
            "listeners": [listener(settings, upstreams, where), inspection(where)],
            "clusters": [*(colour(upstream, clients(settings)) for upstream in upstreams), admin(where)],
        },
        "overload_manager": _overload(settings),
        "stats_config": _stats(),
        # Histograms are merged when they are flushed: a rollout sees latencies a second late.
        "stats_flush_interval": "1s",
    }


def threads(settings: GatewaySettings) -> int:
    """One worker for each core that it may use."""
    return max(1, millicores(settings.resources.cpu_limit) // 1000)


def _traffic(places: Places) -> dict[str, Any]:
    """A mounted ConfigMap: Kubernetes swaps the link `..data`, which Envoy watches, so all keys change at once."""
    return {"symlink_root": f"{places.traffic}/..data", "subdirectory": "."}


def _overload(settings: GatewaySettings) -> dict[str, Any]:
    """Refuses before the kernel ends it. The number of connections holds at once, the heap is looked at afterwards."""

    def monitor(name: str, kind: str, **fields: int) -> dict[str, Any]:
        config = typed(f"envoy.extensions.resource_monitors.{kind}", **fields)
        return {"name": f"envoy.resource_monitors.{name}", "typed_config": config}

    def action(name: str, start: float, end: float | None = None) -> dict[str, Any]:
        at = (
            {"threshold": {"value": start}}
            if end is None
            else {"scaled": {"scaling_threshold": start, "saturation_threshold": end}}
        )
        trigger = {"name": "envoy.resource_monitors.fixed_heap", **at}
        return {"name": f"envoy.overload_actions.{name}", "triggers": [trigger]}

    return {
        "refresh_interval": "0.1s",
        "buffer_factory_config": {"minimum_account_to_track_power_of_two": 16},
        "resource_monitors": [
            monitor("fixed_heap", "fixed_heap.v3.FixedHeapConfig", max_heap_size_bytes=heap(settings)),
            monitor(
                "global_downstream_max_connections",
                "downstream_connections.v3.DownstreamConnectionsConfig",
                max_active_downstream_connections=clients(settings),
            ),
        ],
        "actions": [
            action("shrink_heap", 0.8),
            action("disable_http_keepalive", 0.85),
            # Those that hold the most memory first.
            action("reset_high_memory_stream", 0.85, 0.95),
            action("stop_accepting_requests", 0.95),
        ],
    }


def _stats() -> dict[str, Any]:
    """What is made and shown: Envoy has some hundreds of series for each cluster otherwise."""
    wanted = [
        "http.gateway.downstream_rq_(active|completed|xx|1xx|2xx|3xx|4xx|5xx|time|timeout|overload_close)",
        "http.gateway.downstream_cx_(active|total|overload_disable_keepalive)",
        "gateway.http_local_rate_limit.*",
        "http.gateway.api_key_auth.*",
        "cluster.(blue|green).upstream_rq_(active|completed|total|time|timeout|retry|pending_overflow)",
        "cluster.(blue|green).upstream_rq_[0-9x]+",
        "cluster.(blue|green).upstream_cx_(active|none_healthy|connect_fail)",
        "cluster.(blue|green).membership_(total|healthy)",
        "cluster.(blue|green).outlier_detection.ejections_active",
        "overload.*(active|pressure|scale_percent)",
        "runtime.load_(success|error)",
        "server.(live|state|uptime|memory_allocated|memory_physical_size|concurrency)",
    ]
    return {
        "stats_matcher": {
            "inclusion_list": {
                "patterns": [
                    {"safe_regex": {"regex": pattern.replace(".", r"\.").replace(r"\.*", ".*")}} for pattern in wanted
                ]
            }
        },
        "histogram_bucket_settings": [{"match": {"safe_regex": {"regex": ".*rq_time"}}, "buckets": list(BUCKETS)}],
    }
