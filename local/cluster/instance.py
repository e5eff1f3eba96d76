"""A named platform on this machine: its folder and its addresses. Pure but for the slot that it keeps in its folder."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError

SLOTS = 16
_NAME = re.compile(r"[a-z][a-z0-9-]{0,19}")


@dataclass(frozen=True)
class Instance:
    """One platform: `name` names its folder, `slot` (0-15) its addresses, so that instances run side by side."""

    name: str
    slot: int
    folder: Path

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise LocalError(
                f"instance name {self.name!r} is not allowed: a lower-case letter, then at most 19 of a-z, 0-9 and '-'"
            )
        if self.slot not in range(SLOTS):
            raise LocalError(f"instance slot {self.slot} is not allowed: 0 to {SLOTS - 1}")

    @property
    def host_address(self) -> str:
        return f"10.213.{self.slot}.1"

    @property
    def node_address(self) -> str:
        return f"10.213.{self.slot}.2"

    @property
    def pod_range(self) -> str:
        return f"10.214.{self.slot}.0/24"

    @property
    def service_range(self) -> str:
        return f"10.215.{self.slot}.0/24"

    @property
    def api_service_address(self) -> str:
        return str(ipaddress.ip_network(self.service_range)[1])

    @property
    def dns_address(self) -> str:
        return str(ipaddress.ip_network(self.service_range)[10])

    @property
    def link(self) -> str:
        """Name of the host's end of the veth pair."""
        return f"mlops{self.slot}"

    @property
    def cgroup(self) -> str:
        """Cgroup, in every hierarchy, that holds all of the instance's pods."""
        return f"mlops-{self.name}"

    @property
    def node_name(self) -> str:
        return f"mlops-{self.name}"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"
