"""The colours as Envoy's clusters. Pure."""

from typing import Any

from infra.serving.envoy.memory import BUFFER_BYTES
from infra.serving.envoy.places import Places, Upstream, address, typed

# Shorter than the model server's own (75 s): else a request meets a connection that the server is closing.
IDLE_SECONDS = 30
CONNECT_SECONDS = 0.5


def colour(upstream: Upstream, most: int) -> dict[str, Any]:
    """One colour: the addresses of its headless Service, each asked whether it is ready.

    Kubernetes leaves out who is not ready, so a colour without servers answers 503 at once. Being asked here is faster,
    not wiser: when nobody on the list answers in time, all are tried. Above `most` open requests of this gateway's
    replica the answer is 503 at once.
    """
    return {
        "name": upstream.colour,
        "cluster_type": {"name": "envoy.clusters.dns", "typed_config": _dns()},
        "load_assignment": _endpoints(upstream.colour, upstream.host, upstream.port),
        "connect_timeout": f"{CONNECT_SECONDS}s",
        "per_connection_buffer_limit_bytes": BUFFER_BYTES,
        "lb_policy": "LEAST_REQUEST",
        # A pod that is going leaves DNS first, while it still says that it is ready.
        "ignore_health_on_host_removal": True,
        "health_checks": [_readiness()],
        "common_lb_config": {"healthy_panic_threshold": {"value": 1}},
        "outlier_detection": _outliers(),
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": most,
                    "max_pending_requests": most,
                    "max_requests": most,
                    "retry_budget": {"budget_percent": {"value": 20}, "min_retry_concurrency": 10},
                }
            ]
        },
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                explicit_http_config={"http_protocol_options": {}},
                common_http_protocol_options={"idle_timeout": f"{IDLE_SECONDS}s"},
            )
        },
    }


def admin(places: Places) -> dict[str, Any]:
    """Envoy's own interface, for the listener that shows a part of it."""
    return {
        "name": "admin",
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": _endpoints("admin", "127.0.0.1", places.admin),
    }


def _dns() -> dict[str, Any]:
    """Every address of the name is a server of its own, asked for each second; none is an answer, too."""
    return typed(
        "envoy.extensions.clusters.dns.v3.DnsCluster",
        dns_lookup_family="V4_ONLY",
        dns_refresh_rate="1s",
        dns_failure_refresh_rate={"base_interval": "1s", "max_interval": "2s"},
        # Names are complete. With a search list, a colour without servers would also be asked for outside the cluster.
        typed_dns_resolver_config={
            "name": "envoy.network.dns_resolver.cares",
            "typed_config": typed(
                "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
                dns_resolver_options={"no_default_search_domain": True},
            ),
        },
    )


def _endpoints(cluster: str, host: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": address(host, port)}}
    return {"cluster_name": cluster, "endpoints": [{"lb_endpoints": [endpoint]}]}


def _readiness() -> dict[str, Any]:
    return {
        # A busy server is late, not gone.
        "timeout": "2s",
        "interval": "1s",
        # Also of a colour that has no traffic yet: a rollout waits until its servers are known to be ready.
        "no_traffic_interval": "1s",
        "no_traffic_healthy_interval": "1s",
        "unhealthy_threshold": 3,
        "healthy_threshold": 1,
        "http_health_check": {"path": "/ready"},
    }


def _outliers() -> dict[str, Any]:
    """Servers that cannot be reached are left out for a while. Answers are the rollout's to judge."""
    return {
        "split_external_local_origin_errors": True,
        "consecutive_local_origin_failure": 3,
        "enforcing_consecutive_local_origin_failure": 100,
        "enforcing_local_origin_success_rate": 0,
        "enforcing_consecutive_5xx": 0,
        "enforcing_consecutive_gateway_failure": 0,
        "enforcing_success_rate": 0,
        "interval": "1s",
        "base_ejection_time": "5s",
        "max_ejection_time": "30s",
        "max_ejection_percent": 50,
    }
