"""Where the gateway listens and finds its files; tests run it elsewhere. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FOLDER = "/etc/gateway"
CONFIG = "envoy.json"
KEYS = "keys.json"


@dataclass(frozen=True)
class Upstream:
    """The servers of one colour: a name whose addresses are their pods."""

    colour: str
    host: str
    port: int


@dataclass(frozen=True)
class Places:
    """`admin` is Envoy's own interface, on loopback only; `inspection` the part of it that others may read."""

    http: int = 8080
    inspection: int = 9902
    admin: int = 9901
    keys: str = f"{FOLDER}/keys/{KEYS}"
    traffic: str = f"{FOLDER}/traffic"


def address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def typed(kind: str, **fields: Any) -> dict[str, Any]:
    """A message of Envoy's API, as its configuration spells one."""
    return {"@type": f"type.googleapis.com/{kind}", **fields}


def router() -> Mapping[str, Any]:
    """The last filter of every listener."""
    return {
        "name": "envoy.filters.http.router",
        "typed_config": typed("envoy.extensions.filters.http.router.v3.Router", suppress_envoy_headers=True),
    }
