"""The listener for Prometheus, probes and the rollout: three pages of Envoy's own interface, to be read only. Pure."""

from typing import Any

from infra.serving.envoy.places import Places, address, router, typed

METRICS = "/stats/prometheus"
READY = "/ready"
PAGES = (READY, "/runtime", METRICS)


def inspection(places: Places) -> dict[str, Any]:
    """Envoy's interface can also end it: it listens on loopback, and this shows what may be seen."""
    get = {"name": ":method", "string_match": {"exact": "GET"}}
    manager = typed(
        "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="inspection",
        route_config={
            "name": "inspection",
            "virtual_hosts": [
                {
                    "name": "inspection",
                    "domains": ["*"],
                    "routes": [
                        {"match": {"path": page, "headers": [get]}, "route": {"cluster": "admin", "timeout": "5s"}}
                        for page in PAGES
                    ],
                }
            ],
        },
        http_filters=[router()],
    )
    return {
        "name": "inspection",
        "address": address("0.0.0.0", places.inspection),
        # A gateway that takes no more connections must still be seen.
        "ignore_global_conn_limit": True,
        "bypass_overload_manager": True,
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }
